#!/usr/bin/env python3.11
"""Writes unicode14.txt and names.txt, the character facts of Python 3.11.

Run it in the package's folder with Python 3.11 (Unicode 14.0); it needs the
standard library only. Each fact is asked of the interpreter itself.
"""

import re
import unicodedata

N = 0x110000
assert unicodedata.unidata_version == "14.0.0"

WORD, DIGIT, SPACE = (re.compile(p) for p in (r"\w", r"\d", r"\s"))


def is_final(text):
    """Whether the sigma at the end becomes a final one."""
    return text.lower().endswith("ς")


PROPERTIES = {
    "word": lambda c: WORD.match(chr(c)),
    "digit": lambda c: DIGIT.match(chr(c)),
    "space": lambda c: SPACE.match(chr(c)),
    "alpha": lambda c: chr(c).isalpha(),
    "printable": lambda c: chr(c).isprintable(),
    "idstart": lambda c: chr(c).isidentifier(),
    "idcontinue": lambda c: ("a" + chr(c)).isidentifier(),
    "hascase": lambda c: is_final(chr(c) + "Σ"),
    "caseignorable": lambda c: is_final("a" + chr(c) + "Σ") and not is_final(chr(c) + "Σ"),
}

MAPS = {
    "lower": lambda c: ord(chr(c).lower()[0]),
    "upper": lambda c: ord(chr(c).upper()[0]),
}


def spans(has):
    """The runs of characters that have a property, as (first, last)."""
    out, start = [], None
    for c in range(N + 1):
        held = c < N and bool(has(c))
        if held and start is None:
            start = c
        elif not held and start is not None:
            out.append((start, c - 1))
            start = None
    return out


def runs(to):
    """A case map as [first, last, stride, delta] runs."""
    out = []
    for c in range(N):
        d = to(c) - c
        if not d:
            continue
        if out and out[-1][3] == d:
            first, last, stride, _ = out[-1]
            step = c - last
            if (first == last and step <= 2) or step == stride:
                out[-1][1:3] = [c, step]
                continue
        out.append([c, c, 1, d])
    return out


def equivalents():
    """Lower-case characters that share an upper case, in groups."""
    groups = {}
    for c in range(N):
        if ord(chr(c).lower()[0]) == c:
            groups.setdefault(chr(c).upper(), []).append(c)
    return sorted(g for g in groups.values() if len(g) > 1)


CONTROL_ALIASES = """NULL|NUL|START OF HEADING|SOH|START OF TEXT|STX|END OF TEXT|ETX|END OF TRANSMISSION|EOT
ENQUIRY|ENQ|ACKNOWLEDGE|ACK|ALERT|BEL|BACKSPACE|BS|CHARACTER TABULATION|HORIZONTAL TABULATION|HT|TAB
LINE FEED|NEW LINE|END OF LINE|LF|NL|EOL|LINE TABULATION|VERTICAL TABULATION|VT|FORM FEED|FF
CARRIAGE RETURN|CR|SHIFT OUT|LOCKING-SHIFT ONE|SO|SHIFT IN|LOCKING-SHIFT ZERO|SI|DATA LINK ESCAPE|DLE
DEVICE CONTROL ONE|DC1|DEVICE CONTROL TWO|DC2|DEVICE CONTROL THREE|DC3|DEVICE CONTROL FOUR|DC4
NEGATIVE ACKNOWLEDGE|NAK|SYNCHRONOUS IDLE|SYN|END OF TRANSMISSION BLOCK|ETB|CANCEL|CAN
END OF MEDIUM|EOM|EM|SUBSTITUTE|SUB|ESCAPE|ESC|INFORMATION SEPARATOR FOUR|FILE SEPARATOR|FS
INFORMATION SEPARATOR THREE|GROUP SEPARATOR|GS|INFORMATION SEPARATOR TWO|RECORD SEPARATOR|RS
INFORMATION SEPARATOR ONE|UNIT SEPARATOR|US|SP|DELETE|DEL|PADDING CHARACTER|PAD|HIGH OCTET PRESET|HOP
BREAK PERMITTED HERE|BPH|NO BREAK HERE|NBH|INDEX|IND|NEXT LINE|NEL|START OF SELECTED AREA|SSA
END OF SELECTED AREA|ESA|CHARACTER TABULATION SET|HORIZONTAL TABULATION SET|HTS
CHARACTER TABULATION WITH JUSTIFICATION|HORIZONTAL TABULATION WITH JUSTIFICATION|HTJ
LINE TABULATION SET|VERTICAL TABULATION SET|VTS|PARTIAL LINE FORWARD|PARTIAL LINE DOWN|PLD
PARTIAL LINE BACKWARD|PARTIAL LINE UP|PLU|REVERSE LINE FEED|REVERSE INDEX|RI|SINGLE SHIFT TWO|SS2
SINGLE SHIFT THREE|SS3|DEVICE CONTROL STRING|DCS|PRIVATE USE ONE|PU1|PRIVATE USE TWO|PU2
SET TRANSMIT STATE|STS|CANCEL CHARACTER|CCH|MESSAGE WAITING|MW|START OF GUARDED AREA|SPA
END OF GUARDED AREA|EPA|START OF STRING|SOS|SINGLE GRAPHIC CHARACTER INTRODUCER|SGC
SINGLE CHARACTER INTRODUCER|SCI|CONTROL SEQUENCE INTRODUCER|CSI|STRING TERMINATOR|ST
OPERATING SYSTEM COMMAND|OSC|PRIVACY MESSAGE|PM|APPLICATION PROGRAM COMMAND|APC|NBSP|SHY
ZWSP|ZWNJ|ZWJ|LRM|RLM|LRE|RLE|PDF|LRO|RLO|NNBSP|MMSP|WJ|LRI|RLI|FSI|PDI|BOM|ZWNBSP|BYTE ORDER MARK"""


def names():
    """(code, name) for the characters that \\N{...} can be read for."""
    known = {}
    for c in [*range(0x20, 0x180), *range(0x2000, 0x2070)]:
        name = unicodedata.name(chr(c), None)
        if name:
            known[name] = c
    for alias in CONTROL_ALIASES.replace("\n", "|").split("|"):
        try:
            known[alias] = ord(unicodedata.lookup(alias))
        except (KeyError, TypeError):
            pass
    return sorted((c, n) for n, c in known.items())


def wrap(head, words):
    line, out = head, []
    for w in words:
        if len(line) + len(w) > 150:
            out.append(line)
            line = "+"
        line += " " + w
    return out + [line]


def main():
    lines = ["# Character facts of Python 3.11 (Unicode 14.0). Written by testdata/tables.py; do not edit.",
             "# Properties: FIRST or FIRST-LAST. Maps: FIRST-LAST/STRIDE:DELTA. Equivalents: A=B=...; hexadecimal but for DELTA."]
    for name, has in PROPERTIES.items():
        lines += wrap(name, (f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in spans(has)))
    for name, to in MAPS.items():
        lines += wrap(name, (f"{a:x}-{b:x}/{s:x}:{d}" for a, b, s, d in runs(to)))
    lines += wrap("equivalents", ("=".join(f"{c:x}" for c in g) for g in equivalents()))
    with open("unicode14.txt", "w") as f:
        f.write("\n".join(lines) + "\n")
    with open("names.txt", "w") as f:
        f.writelines(f"{c:04x} {n}\n" for c, n in names())


main()
