"""Makes signatures with the socorro.signature that stands beside this file.

Reads processed crashes, one a line, and answers in order, one a line.
"""

import inspect
import json
import os
import sys

# What the code prints must not come between the answers.
answers = os.fdopen(os.dup(1), "w", encoding="ascii")
os.dup2(2, 1)

# Python does so by itself, unless PYTHONSAFEPATH is set: then it would be another socorro, or none.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
    from socorro.signature.generator import SignatureGenerator
    from socorro.signature.utils import convert_to_crash_data
except ModuleNotFoundError as error:
    sys.exit(
        f"{sys.executable} has no module {error.name}, which this revision needs;"
        f" '{sys.executable} -m pip install {error.name}' may install it"
    )
except ImportError as error:
    sys.exit(f"this revision makes signatures in another way: {error}")

if len(inspect.signature(convert_to_crash_data).parameters) != 1:
    sys.exit("this revision is older than February 2022: it makes signatures of raw crashes too")

generator = SignatureGenerator()


def answer(line):
    try:
        crash = json.loads(line)
        result = generator.generate(convert_to_crash_data(crash))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {
        "uuid": crash.get("uuid") if isinstance(crash, dict) else None,
        "signature": result.signature,
        "notes": result.notes,
        "proto_signature": result.extra.get("proto_signature"),
    }


for line in sys.stdin.buffer:
    print(json.dumps(answer(line)), file=answers, flush=True)
