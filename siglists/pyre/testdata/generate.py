#!/usr/bin/env python3.11
"""Makes cases of patterns, subjects and Python's answers, one JSON object a line.

    generate.py SEED COUNT [KIND]

KIND is patterns, soup, lists, unicode or captures; all five in turn by default. Needs
Python 3.11 and nothing beyond its standard library.

  {"lines": [...], "subjects": [...], "answers": [...]}  the deciding line, -1: none matches
  {"lines": [...], "errors": [[LINE, MSG, POS], ...]}    what re.compile refuses, POS null if it has none;
                                                         LINE -1: the lines alone are fine, POS is that in the join
"""

import json
import random
import re
import signal
import sys
import warnings

warnings.simplefilter("ignore")

LETTERS = "abcxAB"
ODD = "é\u00dfſKkİıiIsSµμΣσςǅ\u0345ιͅ٣²½一\u200b\x1c\x85\u2028\xa0_9 \n\t-]^[.\U00010400\U00010428\U0001E900\U0001E922ﬅﬆẞÅåK\ufffd\U0001F600\u1c89\u0560ʼnŉ"
CLASSES = ["\\d", "\\D", "\\s", "\\S", "\\w", "\\W"]
POSITIONS = ["^", "$", "\\A", "\\Z", "\\b", "\\B"]


class Maker:
    """Makes a random pattern; wide says how often odd characters come."""

    def __init__(self, rng, wide, inner):
        self.rng, self.wide, self.inner = rng, wide, inner
        self.groups, self.open, self.names = 0, [], []

    def char(self):
        r = self.rng
        c = r.choice(ODD) if r.random() < self.wide else r.choice(LETTERS)
        how = r.random()
        if how < 0.06:
            return r.choice(["\\x%02x" % ord(c) if ord(c) < 256 else "\\u%04x" % (ord(c) & 0xFFFF), "\\U%08x" % ord(c),
                             "\\%03o" % (ord(c) & 0xFF), "\\n", "\\t", "\\.", "\\-", "\\0", "\\07", "\\101"])
        if how < 0.07:
            return r.choice(["\\N{LATIN SMALL LETTER A}", "\\N{latin capital letter a}", "\\N{SPACE}", "\\N{BAD NAME!}", "\\N{EN DASH}", "\\N{LF}"])
        if c in "\\.^$*+?{}[]|()":
            return "\\" + c
        return c

    def set_char(self):
        r = self.rng
        c = self.char()
        if r.random() < 0.15:
            c = r.choice(["&", "~", "|", "[", "^", "-", "\\b", "\\]", "."])
        return c

    def set(self):
        r = self.rng
        out = "[" + ("^" if r.random() < 0.3 else "") + ("]" if r.random() < 0.08 else "")
        for _ in range(r.randint(1, 4)):
            k = r.random()
            if k < 0.2:
                out += r.choice(CLASSES)
            elif k < 0.45:
                lo, hi = self.set_char(), self.set_char()
                if len(lo) == 1 == len(hi) and lo > hi and r.random() < 0.95:
                    lo, hi = hi, lo
                out += lo + "-" + hi
            elif k < 0.5:
                out += r.choice(["\u0041-\u0400", "\x00-\U0001F000", "\u0100-\U00010410", "a-z", "A-Z", "\U00010400-\U00010420", "K-\u212b", "ʼ-\U00010000"])
            else:
                out += self.set_char()
        return out + ("-" if r.random() < 0.1 else "") + "]"

    def atom(self, depth):
        r = self.rng
        k = r.random()
        if depth <= 0 or k < 0.42:
            return self.char()
        if k < 0.47:
            return "."
        if k < 0.55:
            return self.set()
        if k < 0.6:
            return r.choice(CLASSES)
        if k < 0.65:
            return r.choice(POSITIONS)
        return self.paren(depth - 1)

    def paren(self, depth):
        r = self.rng
        k = r.random()
        if k < 0.28:
            return self.capture(depth)
        if k < 0.45:
            return "(?:" + self.alternation(depth) + ")"
        if k < 0.52:
            return "(?%s%s:%s)" % (r.choice(["i", "i", "s", "m", "x", "a", "u", "ia", "im"]),
                                   r.choice(["", "", "", "", "", "-i", "-s", "-m", "-x", "-im"]), self.alternation(depth))
        if k < 0.6:
            return "(?>" + self.alternation(depth) + ")"
        if k < 0.68:
            return r.choice(["(?=", "(?!"]) + self.alternation(depth) + ")"
        if k < 0.75:
            return r.choice(["(?<=", "(?<!"]) + self.fixed(depth) + ")"
        if k < 0.77:
            return "(?#" + r.choice(["", "x", "a|b", "\\)"]) + ")"
        if k < 0.88:
            return self.backref()
        return self.conditional(depth)

    def fixed(self, depth):
        r = self.rng
        if r.random() < 0.05:
            return self.alternation(depth)
        one = lambda: r.choice([self.char(), ".", self.set(), r.choice(CLASSES), r.choice(POSITIONS), self.char() + "{2}"])
        n = r.randint(1, 2)
        return "|".join("".join(one() for _ in range(n)) for _ in range(r.randint(1, 2)))

    def capture(self, depth):
        r = self.rng
        self.groups += 1
        n = self.groups
        name = None
        head = "("
        if r.random() < 0.25:
            name = r.choice(["a", "b", "n%d" % n, "n%d" % n, "é", "_x"])
            head = "(?P<%s>" % name
        self.open.append(n)
        body = self.alternation(depth)
        self.open.remove(n)
        if name:
            self.names.append(name)
        return head + body + ")"

    def backref(self):
        r = self.rng
        closed = [g for g in range(1, self.groups + 1) if g not in self.open]
        if r.random() < 0.07 or not closed:
            return r.choice(["\\1", "\\2", "(?P=a)", "\\8", "\\12"]) if r.random() < 0.15 else self.char()
        if self.names and r.random() < 0.3:
            return "(?P=%s)" % r.choice(self.names)
        return "\\%d" % r.choice(closed)

    def conditional(self, depth):
        r = self.rng
        if not self.groups:
            return self.char() if r.random() < 0.97 else "(?(1)a|b)"
        name = str(r.randint(1, self.groups))
        if self.names and r.random() < 0.2:
            name = r.choice(self.names)
        if r.random() < 0.04:
            name = r.choice([" 1", "+1", "-1", "01", "1_0", "٣", "0", "x y", "zz", ""])
        out = "(?(%s)%s" % (name, self.sequence(depth))
        if r.random() < 0.7:
            out += "|" + self.sequence(depth)
        return out + ")"

    def quantifier(self):
        r = self.rng
        if r.random() < 0.01:
            return r.choice(["{2,1}", "**", "{2}{3}", "?*"])
        q = r.choice(["*", "+", "?", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "{0}", "{,}", "{", "{a}", "{1", "{,1", "{0,0}", "{3}"])
        return q + r.choice(["", "", "", "?", "+"])

    def sequence(self, depth):
        r = self.rng
        out = ""
        for _ in range(r.choice([0, 1, 1, 2, 2, 3])):
            atom = self.atom(depth)
            out += atom
            if r.random() < 0.35 and (atom not in POSITIONS or r.random() < 0.05) and not atom.startswith("(?#"):
                out += self.quantifier()
        return out

    def alternation(self, depth):
        r = self.rng
        return "|".join(self.sequence(depth) for _ in range(r.choice([1, 1, 1, 2, 2, 3])))

    def pattern(self):
        r = self.rng
        head = ""
        if r.random() < 0.25:
            head = "(?%s)" % r.choice(["i", "i", "m", "s", "x", "a", "u", "ix", "ms", "ai", "xs", "mi", "au"])
        if r.random() < 0.02:
            head += r.choice(["(?t)", "(?L)", "(?i)", "(?#c)(?i)", " (?i)", "(?i-s)"])
        if self.inner and r.random() < 0.97:
            head = ""
        return head + self.alternation(r.randint(1, 4))


class CaptureMaker(Maker):
    """Makes patterns that turn on when captures are set and taken back."""

    def __init__(self, rng):
        super().__init__(rng, 0, True)

    def char(self):
        return self.rng.choice("aab")

    def atom(self, depth):
        r = self.rng
        k = r.random()
        if depth <= 0 or k < 0.35:
            return self.char()
        if k < 0.4:
            return r.choice(["[ab]", ".", "$", "\\b"])
        if k < 0.6 and self.groups:
            return self.backref() if r.random() < 0.5 else self.conditional(depth - 1)
        return self.paren(depth - 1)


def soup(rng):
    """Tokens in no order, most of them with a meaning somewhere."""
    parts = ["(", ")", "(?", "(?:", "(?P<", "(?P=", "(?P<a>", "(?P=a)", "(?(", "(?(1)", "(?<=", "(?<!", "(?=", "(?!", "(?<", "(?>", "(?#",
             "(?i", "(?i)", "(?-i:", "(?a-", "(?ix:", "(?L:", "(?-a:", "(?i-i:", "(?t:", "(?-t:", "(?é", "(?aé", "(?i-é", "(?a1", "(?au)", "(?ua:", "(?x)",
             "[", "]", "[^", "-", "{", "}", "{1", "{1,", "{1,2}", "{2,1}", "{,3}", "{99999999999}", "{4294967294}", "{4294967295}", "*", "+", "?", "|", "^", "$", ".",
             "\\", "\\1", "\\2", "\\12", "\\123", "\\777", "\\400", "\\0", "\\08", "\\9", "\\x4", "\\x41", "\\u12", "\\u0041", "\\U0001", "\\U00000041",
             "\\U00110000", "\\N", "\\N{", "\\N{SPACE}", "\\N{}", "\\N{é'}", "\\q", "\\é", "\\d", "\\b", "\\A", "\\Z", "\\G", "\\-", "a", "b", "é", "<", ">", ":", "=", "!", "#", " ", "\n", "P", "'", "\"",
             "(?P<é>", "(?P<1>", "(?P<a b>", "(?P<'>", "(?P=\"')", "(?Px", "(?P", "(?P>", "(?<x", "(?\\", "(?P\\x", "(?(a)", "(?(\u0661)", "(?(9999999999)", "(?(1)a|b|c)", "(a)", "(?P<a>a)"]
    return "".join(rng.choice(parts) for _ in range(rng.randint(1, 6)))


def mutate(rng, s):
    for _ in range(rng.randint(1, 2)):
        i = rng.randint(0, len(s))
        k = rng.random()
        if k < 0.4:
            s = s[:i] + s[i + 1:]
        elif k < 0.8:
            s = s[:i] + rng.choice("()[]{}?*+|\\^$-1,:=!<>Pix# \n") + s[i:]
        else:
            j = rng.randint(0, len(s))
            s = s[:min(i, j)] + s[max(i, j):]
    return s


def make_pattern(rng, wide, inner=False):
    p = Maker(rng, wide, inner).pattern()
    return mutate(rng, p) if rng.random() < (0.02 if inner else 0.1) else p


def subjects(rng, kind, wide, lines):
    out = [""]
    if kind == "captures":
        return out + ["".join(rng.choice("aab") for _ in range(rng.randint(1, 7))) for _ in range(12)]
    text = "".join(c for c in "".join(lines) if c not in "\\.^$*+?{}[]|()")
    for _ in range(8):
        pool = LETTERS + (ODD if rng.random() < wide * 3 else "") + text
        s = "".join(rng.choice(pool) for _ in range(rng.randint(1, 10)))
        if rng.random() < 0.15:
            s += "\n"
        out.append(s)
    return out


def compile_error(pattern):
    try:
        re.compile(pattern)
    except re.error as e:
        return [e.msg, e.pos]
    except (OverflowError, ValueError, RuntimeError) as e:
        return [str(e), None]
    return None


class Timeout(Exception):
    pass


def on_alarm(signum, frame):
    raise Timeout


def is_set(pattern):
    """Whether Python makes a set of the alternatives at the top."""
    top = re._parser.parse(pattern).data
    return bool(top) and top[-1][0] is not re._constants.BRANCH


def cumulated(lines):
    """The joins of the first line, the first two and so on.

    Unless Python takes the whole for a set, it must not take a part for one,
    nor give up on short subjects: hence the alternative that never matches.
    """
    whole = "|".join(lines)
    more = "" if is_set(whole) else "|(?!)"
    return [re.compile("|".join(lines[:i + 1]) + more) for i in range(len(lines) - 1)] + [re.compile(whole)]


def deciding(prefixes, subject):
    if not prefixes[-1].match(subject):
        return -1
    return next(i for i, p in enumerate(prefixes) if p.match(subject))


def case(rng, kind):
    wide = 0.5 if kind == "unicode" else 0.06
    n = rng.randint(2, 5) if kind == "lists" else 1
    if kind == "soup":
        lines = [soup(rng)]
    elif kind == "captures":
        lines = [CaptureMaker(rng).alternation(5)]
    else:
        lines = [make_pattern(rng, wide, n > 1) for _ in range(n)]
    if kind == "lists" and rng.random() < 0.3:
        lines[0] = rng.choice(["(?x)", "(?i)", "(?xi)", "(?s)", "(?m)", "(?a)"]) + lines[0]
    errors = [[i, *e] for i, e in ((i, compile_error(line)) for i, line in enumerate(lines)) if e]
    if not errors:
        e = compile_error("|".join(lines))
        errors = [[-1, *e]] if e else []
    if errors:
        return {"lines": lines, "errors": errors}
    prefixes = cumulated(lines)
    subs = subjects(rng, kind, wide, lines)
    signal.alarm(3)
    try:
        answers = [deciding(prefixes, s) for s in subs]
    finally:
        signal.alarm(0)
    return {"lines": lines, "subjects": subs, "answers": answers}


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    kinds = sys.argv[3:] or ["patterns", "soup", "lists", "unicode", "captures"]
    rng = random.Random(seed)
    signal.signal(signal.SIGALRM, on_alarm)
    done = 0
    while done < count:
        try:
            c = case(rng, kinds[done % len(kinds)])
        except Timeout:
            continue
        except SystemError:  # a known fault of possessive repeats in 3.11
            continue
        print(json.dumps(c))
        done += 1


main()
