"""Hooks of MkDocs: makes pages of a site from the files that the repository and the window's guide read.

1. `on_files` adds the pages that are made from files outside ``docs/``, a page for each notebook, and the icon. It
   replaces each PNG by a WebP of at most `WIDTH` pixels, which is kept below ``build/`` until the PNG changes.
2. `on_page_markdown` turns a picture of one theme into the pair of both, and points links to the pages of the site. A
   link that is called by its file is called by the title of the page. Links to other files of the repository become
   their text.
3. `on_post_build` removes what a site in one language does not load.
"""

import json
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
WIDTH, QUALITY = 1200, 60
PICTURES = ROOT / "build" / f"pictures-{WIDTH}-{QUALITY}"
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
"""Pages that are made from files outside ``docs/``, by the path of the file."""
HTML_PICTURE = re.compile(r"<picture>.*?<img src=\"([^\"]+)\" alt=\"([^\"]*)\">.*?</picture>", re.DOTALL)
LINK = re.compile(r"(!?)\[((?:[^][]|\[[^]]*])*)]\((?!https?:|#)([^)\s#]+)(#[^)\s]*)?\)")
FILE_NAME = re.compile(r"[\w/.-]+\.(md|ipynb)")
CODE = re.compile(r"(```.*?^```|`[^`\n]+`)", re.DOTALL | re.MULTILINE)


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Add the generated files and replace the pictures."""
    from mkdocs.structure.files import File

    for source, target in OUTSIDE.items():
        files.append(File.generated(config, target, content=(ROOT / source).read_text(encoding="utf-8")))
    files.append(File.generated(config, "assets/app.svg", abs_src_path=str(ROOT / "resources/icons/app.svg")))
    for file in [each for each in files if each.abs_src_path and each.inclusion.is_included()]:
        path, name = Path(str(file.abs_src_path)), site_name(PurePosixPath("docs/page.md"), file.src_uri)
        if path.suffix == ".ipynb":
            files.append(File.generated(config, name, content=notebook_markdown(path)))
        if path.suffix == ".png":
            files.remove(file)
            files.append(File.generated(config, name, abs_src_path=str(small_picture(path, name))))
    return files


def on_page_markdown(markdown: str, page: "Page", config: "MkDocsConfig", files: "Files") -> str:
    """Return the text of a page with the pictures and links of the site."""
    name = page.file.src_uri
    source = next((outside for outside, target in OUTSIDE.items() if target == name), f"docs/{name}")
    return site_markdown(markdown, PurePosixPath(source), {file.src_uri for file in files})


def on_post_build(config: "MkDocsConfig") -> None:
    """Remove the search in other languages, source maps, and the map for search engines."""
    site = Path(config.site_dir)
    shutil.rmtree(site / "assets/javascripts/lunr", ignore_errors=True)
    for path in (*site.rglob("*.map"), *site.glob("sitemap.xml*")):
        path.unlink()


def site_markdown(text: str, source: PurePosixPath, known: set[str]) -> str:
    """Return a page of the repository as a page of the site.

    Parameters
    ----------
    source
        The path of the page in the repository, such as ``docs/data.md``.
    known
        The files of the site, as paths below ``docs/``.
    """
    text = HTML_PICTURE.sub(r"![\2](\1)", text)
    shown: set[str] = set()

    def replace(found: re.Match[str]) -> str:
        is_picture, words, target, anchor = found.groups()
        name = site_name(source, target)
        if name not in known:
            return words
        path = relative(name, source)
        if not is_picture:
            return f"[{page_title(name) if FILE_NAME.fullmatch(words) else words}]({path}{anchor or ''})"
        themes = [re.sub("-(dark|light)(?=[.])", f"-{theme}", name) for theme in ("light", "dark")]
        if themes[0] == themes[1] or not known.issuperset(themes):
            return f"![{words}]({path})"
        # Many pages show the light picture below the dark one.
        if themes[0] in shown:
            return ""
        shown.add(themes[0])
        both = zip(themes, ("light", "dark"), strict=True)
        return "".join(f"![{words}]({relative(each, source)}#only-{theme})" for each, theme in both)

    # Code shows brackets as they are.
    parts = CODE.split(text)
    parts[::2] = [LINK.sub(replace, part) for part in parts[::2]]
    return "".join(parts)


def site_name(source: PurePosixPath, target: str) -> str:
    """Return the file of the site that a link from a page of the repository leads to, or what it would be called."""
    path: list[str] = []
    for part in (source.parent / target).parts:
        if part == "..":
            del path[-1:]
        else:
            path.append(part)
    name = "/".join(path)
    if name in OUTSIDE:
        return OUTSIDE[name]
    name = name.removeprefix("docs/")
    return f"{name.removesuffix('.ipynb')}.md" if name.endswith(".ipynb") else webp_name(name)


def page_title(name: str) -> str:
    """Return the first heading of a page of the site."""
    notebook = (ROOT / "docs" / name).with_suffix(".ipynb")
    if notebook.is_file():
        text = notebook_markdown(notebook)
    else:
        source = next((outside for outside, target in OUTSIDE.items() if target == name), f"docs/{name}")
        text = (ROOT / source).read_text(encoding="utf-8")
    return text.split("\n", 1)[0].removeprefix("# ")


def relative(name: str, source: PurePosixPath) -> str:
    """Return the link from a page to a file of the site; pages of other folders than ``docs/`` lie at its root."""
    depth = len(source.parts) - 2 if source.parts[0] == "docs" else 0
    return "../" * depth + name


def notebook_markdown(path: Path) -> str:
    """Return the cells of a notebook as Markdown, without outputs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [("".join(cell["source"]), cell["cell_type"] == "code") for cell in cells]
    return "\n\n".join(f"```python\n{text}\n```" if is_code else text for text, is_code in texts)


def small_picture(source: Path, target: str) -> Path:
    """Return a WebP of a picture that is newer than the picture."""
    path = PICTURES / target
    if not path.is_file() or path.stat().st_mtime < source.stat().st_mtime:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(source) as picture:
            picture.thumbnail((WIDTH, 4 * WIDTH))
            picture.convert("RGB").save(path, quality=QUALITY, method=4)
    return path


def webp_name(name: str) -> str:
    """Return the name of a picture on the site."""
    return f"{name.removesuffix('.png')}.webp" if name.endswith(".png") else name
