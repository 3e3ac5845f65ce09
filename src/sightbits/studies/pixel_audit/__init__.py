"""The audit: which pixels carry label information, which are dead, and how few are enough."""

from sightbits.studies.pixel_audit.audit import audit_pixels as audit_pixels
from sightbits.studies.pixel_audit.audit import check_audit as check_audit
from sightbits.studies.pixel_audit.curve import AccuracyCurve as AccuracyCurve
from sightbits.studies.pixel_audit.maps import PixelMaps as PixelMaps
from sightbits.studies.pixel_audit.ranked import RankedPixels as RankedPixels
from sightbits.studies.pixel_audit.redundancy import PixelRedundancy as PixelRedundancy
from sightbits.studies.pixel_audit.result import PixelAudit as PixelAudit
from sightbits.studies.pixel_audit.settings import COMPARED_RANKERS as COMPARED_RANKERS
from sightbits.studies.pixel_audit.settings import AuditSettings as AuditSettings
