"""A study's result as a folder of files and one offline page: `summarize` what to show, then `render` it."""

from sightbits.report.save import save_report as save_report
