"""Pages of rustdoc and of mdBook, taken apart into passages, items and trait implementations. Needs lxml.

Prose becomes Markdown: headings with `##`, code in backticks, blocks in fences with the words of their class
(`rust,compile_fail,E0382`), lists with dashes, each row of a table as an entry of a list. Links lose their target and keep
their text. Pictures are left out.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import html
from lxml.etree import ParserError

from rusta.library.passages import Passage, StdItem, TraitImpl

LARGEST = 4_000_000  # bytes of a page; the largest of std has two million
HEADINGS = ("h1", "h2", "h3", "h4")
CRUMBS = ".//div[contains(@class,'rustdoc-breadcrumbs')]"
DEREFERENCED = re.compile(r"\bTarget\s*=\s*(?P<target>.+)>")  # of "Methods from Deref<Target = [T]>"
PARTS = ("method", "tymethod", "variant", "associatedconstant", "associatedtype", "structfield")
# The name of the trait in "impl<T> !Send for Rc<T>": what stands before `for`, without path and arguments.
IMPLEMENTED = re.compile(r"(?:unsafe )?impl(?:<.*?>)? (?:const )?(?P<not>!)?(?:\w+::)*(?P<trait>\w+)(?:<.*>)? for ")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MARKS = re.compile(r"\bcompile_fail\b|\bshould_panic\b|\bno_run\b|\bignore\b|\bE\d{4}\b|\bedition\d{4}\b")


def parsed(page: bytes) -> Any | None:
    """The page as a tree of lxml, or None for what is no page."""
    if len(page) > LARGEST:
        return None
    try:
        return html.document_fromstring(page.decode("utf-8", "replace"))
    except (ParserError, ValueError):
        return None


def _inline(node: Any) -> str:
    """The text of an element with code in backticks, as one line."""
    parts = [node.text or ""]
    for child in node:
        if child.tag == "code":
            code = " ".join(child.text_content().split())
            parts.append(f"`{code}`" if code else "")
        elif child.tag == "sup" and "footnote" in (child.get("class") or ""):
            parts.append("".join(one for one in child.text_content() if one.isdigit()).translate(RAISED))
        elif (
            isinstance(child.tag, str)
            and child.tag not in ("button", "sup")
            and "doc-anchor" not in (child.get("class") or "")
        ):
            parts.append(_inline(child))
        parts.append(child.tail or "")
    return re.sub(r"\s+", " ", "".join(parts)).replace("§", "")


def _fence(node: Any) -> str:
    """A code block as a fence."""
    code = next(iter(node.iter("code")), node)
    said = " ".join(filter(None, [code.get("class"), node.get("class"), (node.getparent().get("class") or "")]))
    rust = "rust" if "rust" in said else "text" if "text" in said else ""
    marks = ",".join(dict.fromkeys([*filter(None, [rust]), *MARKS.findall(said)]))
    return f"```{marks}\n{_source(code).rstrip()}\n```"


def _source(code: Any) -> str:
    """The source of a code block; lines that the page hides begin with `# `, as in rustdoc's Markdown."""
    parts = [code.text or ""]
    for child in code:
        text = child.text_content()
        if "boring" in (child.get("class") or "").split():
            text = "".join(f"# {line}" if line.strip() else line for line in text.splitlines(keepends=True))
        parts += [text, child.tail or ""]
    return "".join(parts)


def to_markdown(nodes: list[Any]) -> str:
    """Block elements as Markdown."""
    found: list[str] = []
    for node in nodes:
        if node.tag == "pre":
            found.append(_fence(node))
        elif node.tag in ("ul", "ol"):
            found.append("\n".join(_entries(node)))
        elif node.tag == "table":
            rows = [" | ".join(_inline(cell).strip() for cell in row) for row in node.iter("tr")]
            found.append("\n".join(f"- {row}" for row in rows))
        elif node.tag in ("h2", "h3", "h4", "h5", "h6"):
            found.append(f"## {_inline(node).strip()}")
        elif node.tag == "blockquote" and any(child.tag in ("p", "pre", "ul", "ol", "div") for child in node):
            found.append(to_markdown([child for child in node if "alert-title" not in (child.get("class") or "")]))
        elif node.tag in ("p", "blockquote", "dl"):
            found.append(_inline(node).strip())
        elif node.tag in ("div", "details", "section") and "rule" not in (node.get("class") or "").split():
            found.append(to_markdown(list(node)))
    return "\n\n".join(filter(None, found))


def _entries(node: Any) -> Iterator[str]:
    """The entries of a list, those of lists within it after their own."""
    for one in node.findall("li"):
        within = one.findall(".//ul") + one.findall(".//ol")
        for nested in within:
            if nested.getparent() is not None:
                nested.getparent().remove(nested)
        if text := _inline(one).strip():
            yield f"- {text}"
        for nested in within:
            yield from _entries(nested)


def book_passages(tree: Any, name: str, source: str) -> Iterator[Passage]:
    """The passages of a page of an mdBook, one for each heading."""
    main = tree.find(".//main")
    if main is None:
        return
    title, anchor, nodes, trail = "", "", list[Any](), dict[int, str]()
    for node in main:
        if node.tag in HEADINGS:
            if nodes:
                yield from _passage(source, name, anchor, title, nodes)
            level = int(node.tag[1])
            trail = {n: said for n, said in trail.items() if n < level} | {level: _inline(node).strip()}
            title, anchor, nodes = " > ".join(trail[n] for n in sorted(trail)), node.get("id") or "", []
        elif isinstance(node.tag, str):
            nodes.append(node)
    if nodes:
        yield from _passage(source, name, anchor, title, nodes)


def _passage(source: str, page: str, anchor: str, title: str, nodes: list[Any]) -> Iterator[Passage]:
    if text := to_markdown(nodes):
        yield Passage(source, page, anchor, title, text, _key(source, page, anchor))


def _key(source: str, page: str, anchor: str) -> str:
    """The key of a passage about an error code, a lint or an attribute."""
    if source == "error_codes" and (code := re.fullmatch(r"error-code-(e\d{4})", anchor)):
        return code[1]
    if source == "rustc" and "/lints/listing/" in f"/{page}" and not re.search(r"^(?:example|explanation)", anchor):
        return anchor.replace("-", "_").lower()
    if source == "reference" and (attribute := re.fullmatch(r"(?:the-)?([a-z_]+)-attribute", anchor)):
        return f"attribute {attribute[1]}"
    return ""


def _about(tree: Any) -> tuple[Any, str, str] | None:
    """The main element of a page of rustdoc, and the path and kind of the item that it is about."""
    main = tree.get_element_by_id("main-content", None)
    heading = main.find(".//h1") if main is not None else None
    words = _inline(heading).replace("Copy item path", " ").replace("`", "").split() if heading is not None else []
    if len(words) < 2:
        return None
    kind, own = words[0].lower(), words[-1]
    above = re.sub(r"\s+", "", "".join(one.text_content() for one in main.xpath(CRUMBS)))
    return main, f"{above}::{own}" if above and kind not in ("keyword", "primitive", "attribute") else own, kind


def trait_impls(tree: Any) -> Iterator[TraitImpl]:
    """What the type of a page implements, by hand, by an auto trait or for all types; negative ones, too."""
    if (about := _about(tree)) is None or about[2] == "trait":
        return
    main, path, _ = about
    for header in main.xpath(".//section[starts-with(@id, 'impl-')]/h3[contains(@class,'code-header')]"):
        said = re.sub(r"(?<=[)>\w])where\b(?= )", " where", " ".join(header.text_content().split()))
        if found := IMPLEMENTED.match(said):
            yield TraitImpl(path, found["trait"], bool(found["not"]), said, header.getparent().get("id"))


def rustdoc_items(tree: Any, name: str) -> Iterator[StdItem]:
    """The item that a page of rustdoc is about, and its methods, variants and associated items."""
    if (about := _about(tree)) is None:
        return
    main, path, kind = about
    declared = main.xpath("./pre[contains(@class,'item-decl')]|./*/pre[contains(@class,'item-decl')]")
    doc = main.xpath("./details[contains(@class,'top-doc')]/div[@class='docblock']")
    since = next(iter(main.xpath(".//span[contains(@class,'sub-heading')]/span[@class='since']")), None)
    yield _item(path, kind, declared[0].text_content() if declared else "", since, main, doc, name, "")
    for section in main.xpath(".//section[@id]"):
        anchor = section.get("id") or ""
        what, _, called = anchor.partition(".")
        header = section.find(".//h4")
        if what not in PARTS or not called or header is None or _of_trait(section):
            continue
        summary = section.getparent()
        toggle = summary.getparent() if summary.tag == "summary" else None
        where = section if toggle is None else toggle
        since = next(iter(section.xpath(".//span[@class='since']")), None)
        own, kind = re.sub(r"-\d+$", "", called), "method" if what == "tymethod" else what
        yield _item(
            f"{path}::{own}",
            kind,
            header.text_content(),
            since,
            where,
            [] if toggle is None else toggle.xpath("./div[@class='docblock'][1]"),
            name,
            anchor,
            _target(section),
        )


def _target(section: Any) -> str:
    """The type that a method is of which the page lists under "Methods from Deref<Target = [T]>"; "" for the type's own."""
    for block in section.iterancestors("div"):
        if (block.get("id") or "").startswith("deref-methods-"):
            heading = block.getprevious()
            said = DEREFERENCED.search(" ".join(heading.text_content().split())) if heading is not None else None
            return said["target"].strip() if said else ""
    return ""


def _of_trait(section: Any) -> bool:
    """Whether it stands in the implementation of a trait, whose own page says it."""
    return any("trait-impl" in (one.get("class") or "") for one in section.iterancestors()) or "trait-impl" in (
        section.get("class") or ""
    )


def _item(
    path: str,
    kind: str,
    declared: str,
    since: Any,
    where: Any,
    doc: list[Any],
    page: str,
    anchor: str,
    target: str = "",
) -> StdItem:
    text = to_markdown([node for one in doc for node in one])
    version = re.match(r"[\d.]+", since.text_content().strip()) if since is not None else None
    places = ("./", "./summary/", "./section/")
    stab = where.xpath("|".join(f"{place}span[contains(@class,'item-info')]/div" for place in places))
    notes = [" ".join(one.text_content().split()) for one in stab]
    gone = next((found for one in notes if (found := re.search(r"Deprecated.*", one))), None)
    feature = re.search(r"nightly-only experimental API\.?\s*\((\w+)", " ".join(notes))
    signature = re.sub(r"(?<=[)>\w])where\b(?= )", " where", " ".join(declared.replace("ⓘ", "").split()))
    return StdItem(path, kind, signature, version[0] if version else "", feature[1] if feature else "",
                   gone[0].strip() if gone else "", page, anchor, text, target)  # fmt: skip
