"""QR codes, as SVG. The only file that imports segno."""

import io

import segno


def qr_svg(text: str, *, error: str = "m", quiet_modules: int = 2, scalable: bool = False) -> bytes:
    """A QR code (ISO/IEC 18004) of `text`, one unit a module; black on nothing.

    `quiet_modules` is the light border inside the picture; the standard asks for four in all, the rest is
    paper around it. `scalable` takes the size of what it stands in, for an SVG inside a page.
    """
    buffer = io.BytesIO()
    code = segno.make(text, error=error, micro=False, boost_error=True)
    code.save(
        buffer,
        kind="svg",
        border=quiet_modules,
        xmldecl=False,
        nl=False,
        svgclass=None,
        lineclass=None,
        omitsize=scalable,
    )
    return buffer.getvalue()
