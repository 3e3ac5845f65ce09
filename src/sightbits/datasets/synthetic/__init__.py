"""Pairs of variables whose mutual information is known exactly, and gates of known decomposition.

An estimator is tried on samples of these: each constructor returns a distribution that knows its own information.
"""

from sightbits.datasets.synthetic.channels import binary_erasure_channel as binary_erasure_channel
from sightbits.datasets.synthetic.channels import binary_symmetric_channel as binary_symmetric_channel
from sightbits.datasets.synthetic.channels import discrete_channel as discrete_channel
from sightbits.datasets.synthetic.curves import parabola as parabola
from sightbits.datasets.synthetic.curves import uniform_plus_noise as uniform_plus_noise
from sightbits.datasets.synthetic.gates import SyntheticGate as SyntheticGate
from sightbits.datasets.synthetic.gates import gate as gate
from sightbits.datasets.synthetic.gaussians import bimodal_gaussian as bimodal_gaussian
from sightbits.datasets.synthetic.gaussians import gaussian as gaussian
from sightbits.datasets.synthetic.gaussians import gaussian_with_information as gaussian_with_information
from sightbits.datasets.synthetic.gaussians import independent as independent
from sightbits.datasets.synthetic.gaussians import student_t as student_t
from sightbits.datasets.synthetic.gaussians import warped_gaussian as warped_gaussian
from sightbits.datasets.synthetic.mixed import gao_mixture as gao_mixture
from sightbits.datasets.synthetic.mixed import labelled_gaussians as labelled_gaussians
from sightbits.datasets.synthetic.mixed import zero_inflated_poisson as zero_inflated_poisson
from sightbits.datasets.synthetic.pair import SyntheticPair as SyntheticPair
