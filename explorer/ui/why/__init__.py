"""Why-cards: answers to the questions of students, each opened by a small mark beside the term."""
