"""Colours for plans in the documentation: a Pygments lexer for code blocks marked `pay`.

It knows words and shapes, not the grammar, and never fails: what it does not know stays plain. The language itself is
read by src/paycalc/syntax.
"""

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, Whitespace
from sphinx.application import Sphinx

# Words that open a line. Anywhere else they are names.
DECLARATIONS = (
    "assert carry close currency deduct deductions employer entity example expect from grant group kind ladder let"
    " opening parameters pay payee period plan redeem show table then timezone wallet"
).split()
KEYWORDS = (
    "and or not is in if then else case otherwise when of where via by within from to up at each over collect optional"
    " highest lowest"
).split()
TYPES = "flag int decimal money percent points date datetime text one".split()
FUNCTIONS = (
    "abs all any average balance ceiling clamp count date day days_between days_in_month default expired floor given"
    " granted held_back hour interpolate marginal max mean min minute mod month months_between rank reached round"
    " running_count running_sum share slab sum used value weekday year years_between"
).split()


BLANKS = r"([^\S\n]*)"
DECLARATION = words(DECLARATIONS, prefix="(", suffix=r")\b").get()
TYPE = words(TYPES, prefix="(", suffix=r")\b").get()


class PayLexer(RegexLexer):
    name = "paycalc plan"
    aliases = ("pay",)
    filenames = ("*.pay",)

    tokens = {  # noqa: RUF012 - Pygments reads a plain dict of the class
        "root": [
            ("^" + BLANKS + DECLARATION, bygroups(Whitespace, Keyword.Declaration)),
            (r"\s+", Whitespace),
            (r"#[^\n]*", Comment.Single),
            (r'"(?:[^"\\\n]|\\.)*"', String.Double),
            (r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:[+-]\d{2}:\d{2}|Z)?)?", Number),
            (r"\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?%?", Number),
            (words(FUNCTIONS, suffix=r"(?=\()"), Name.Builtin),
            ("(:)" + BLANKS + TYPE, bygroups(Punctuation, Whitespace, Keyword.Type)),
            (words(KEYWORDS, prefix=r"(?<![\w.])", suffix=r"\b"), Keyword),
            (r"[^\W\d]\w*", Name),
            (r"->|\.\.=?|[-+*/<>=]=?", Operator),
            (r"[()\[\]:;,.|]", Punctuation),
            (r".", Text),
        ],
    }


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_lexer("pay", PayLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
