"""stub"""
from PySide6.QtWidgets import QWidget
class SelectionStrip(QWidget):
    def __init__(self,b,t): super().__init__()
