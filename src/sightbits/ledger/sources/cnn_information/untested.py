"""Claims of the source that cannot be tested here, each with its reason."""

from sightbits.ledger.claim import Claim, Relation

_JPEG = (
    "It needs a VGG-16 trained on all of CIFAR-10, of which only a sixth is at hand with its original pixels, and all "
    "of it only as JPEG; VGG-16 learns little from either."
)

UNTESTED = (
    Claim(
        name="width-of-21",
        text="CMI-permutation suggests 21 of the 512 filters of conv5_3 in VGG-16, on CIFAR-10.",
        place="Section III-B, figure 6 (b)",
        relation=Relation.EQUALS,
        claimed=21.0,
        tolerance=1.0,
        unit="filters",
        untestable=_JPEG,
    ),
    Claim(
        name="above-the-line-of-vgg",
        text="Nearly 55 % of the filters of conv5_3 in VGG-16 lie above the line.",
        place="Section IV, 4, figure 9",
        relation=Relation.EQUALS,
        claimed=55.0,
        tolerance=5.0,
        unit="percent of filters",
        untestable=f"{_JPEG} The line is not defined either; above-the-line tries it on MNIST.",
    ),
    Claim(
        name="like-zeros",
        text="The objective is distributed over filters much as the share of zeros in their maps.",
        place="Section IV, 4, figure 9",
        relation=Relation.AT_LEAST,
        claimed=1.0,
        unit="likeness",
        untestable="The source holds its picture beside one of another paper and names no measure of likeness.",
    ),
    Claim(
        name="relay-by-inequality",
        text="Where the chain of errors breaks is where relay backpropagation should pass errors by.",
        place="Section III-B, on design",
        relation=Relation.ABOVE,
        claimed=0.0,
        unit="points of accuracy",
        untestable="A suggestion: the source describes no network, no rule and no experiment.",
    ),
    Claim(
        name="randomised-cost",
        text="Random features bring the cost down to n log n.",
        place="Section IV, 3",
        relation=Relation.EQUALS,
        claimed=1.0,
        unit="exponent",
        untestable="The source names a method of another paper and says neither which kernel nor which error it means.",
    ),
)
