"""Compares Heng with python-stdnum on 100,000 unified social credit codes.

    python agree.py PROGRAM [COUNT [SEED]]

PROGRAM reads codes and prints `ok` or `bad` a line (engine/model/examples/uscc_check.rs).

What is compared is the form and the check character. One difference is known and wanted: stdnum asks for digits in the
first two places, while GB 32100-2015 gives letters to some registering authorities (A, N, Y) and Heng takes any
letter of the code's alphabet there. For such a code stdnum must say no, and Heng must say what stdnum's check character says.
"""

import random
import subprocess
import sys
from collections import Counter

from stdnum.cn import uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
OUTSIDE = "IOSVZ"
DIGITS = "0123456789"


def valid(chance, first_two):
    body = first_two
    body += "".join(chance.choice(DIGITS) for _ in range(6))
    body += "".join(chance.choice(ALPHABET) for _ in range(9))
    return body + uscc.calc_check_digit(body)


def two_digits(chance):
    return chance.choice(["11", "12", "13", "51", "52", "53", "91", "92", "93"]) if chance.random() < 0.7 else (
        chance.choice(DIGITS) + chance.choice(DIGITS))


def with_letter(chance):
    if chance.random() < 0.8:
        return chance.choice("ANY") + chance.choice(ALPHABET)
    return chance.choice(DIGITS) + chance.choice("ABCDEFGHJKLMNPQRTUWXY")


def replaced(chance, code, letters, places=range(18)):
    at = chance.choice(list(places))
    return code[:at] + chance.choice(letters) + code[at + 1:]


def exchanged(chance, code):
    at = chance.randrange(17)
    return code[:at] + code[at + 1] + code[at] + code[at + 2:]


def one(chance):
    """A code and how it was made."""
    code = valid(chance, two_digits(chance))
    how = chance.randrange(100)
    if how < 25:
        return "valid", code
    if how < 45:
        return "one character replaced", replaced(chance, code, ALPHABET)
    if how < 60:
        return "two neighbours exchanged", exchanged(chance, code)
    if how < 65:
        return "letter outside the alphabet", replaced(chance, code, OUTSIDE)
    if how < 70:
        return "letter in the region", replaced(chance, code, ALPHABET[10:], range(2, 8))
    if how < 75:
        at = chance.randrange(18)
        return "wrong length", code[:at] + code[at + 1:] if chance.random() < 0.5 else code + chance.choice(ALPHABET)
    if how < 80:
        return "lower case", code.lower()
    if how < 85:
        return "any characters", "".join(chance.choice(ALPHABET) for _ in range(18))
    if how < 95:
        return "letter in front, valid", valid(chance, with_letter(chance))
    return "letter in front, one character replaced", replaced(
        chance, valid(chance, with_letter(chance)), ALPHABET, range(2, 18))


def expected(code):
    """The verdict due, and whether it is stdnum's own."""
    theirs = uscc.is_valid(code)
    code = code.upper()
    letter_in_front = (
        len(code) == 18
        and all(c in ALPHABET for c in code)
        and not code[:2].isdigit()
        and code[2:8].isdigit()
    )
    if not letter_in_front:
        return theirs, True
    assert not theirs, f"stdnum is expected to refuse {code}: has it changed?"
    return uscc.calc_check_digit(code[:17]) == code[17], False


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 32100)
    codes = [one(chance) for _ in range(count)]
    sent = "".join(code + "\n" for _, code in codes)
    done = subprocess.run([program], input=sent, capture_output=True, text=True, check=True)
    verdicts = done.stdout.split("\n")[:-1]
    assert len(verdicts) == count, f"{len(verdicts)} verdicts on {count} codes"

    made, passed, failed, in_front = Counter(), 0, 0, 0
    for (how, code), verdict in zip(codes, verdicts):
        due, is_theirs = expected(code)
        made[how, verdict] += 1
        in_front += not is_theirs
        if verdict == ("ok" if due else "bad"):
            passed += 1
        else:
            failed += 1
            if failed <= 20:
                print(f"differs: {code} ({how}): Heng says {verdict}, stdnum's rule gives {'ok' if due else 'bad'}")
    for (how, verdict), number in sorted(made.items()):
        print(f"{number:8} {verdict:4} {how}")
    assert made["valid", "ok"] > 0 and made["letter in front, valid", "ok"] > 0, "the sample has no valid codes"
    print(f"{in_front} codes with a letter in front: refused by stdnum, judged by its check character")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
