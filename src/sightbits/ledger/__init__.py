"""What the five sources claim, tried: claims, evidence, and verdicts that are computed."""

from sightbits.ledger.finding import Finding as Finding
from sightbits.ledger.finding import Verdict as Verdict
from sightbits.ledger.reproducing import reproduce_sources as reproduce_sources
from sightbits.ledger.result import Ledger as Ledger
