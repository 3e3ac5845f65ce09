"""Matrix-based Rényi information from Gram matrices, in nats; NumPy arrays and torch tensors alike.

`kernels` makes Gram matrices and `sizes` says how long a kernel is; `entropy` takes normalised Gram matrices to
entropies, `joint` those of several variables to joint entropies and information; `low_rank` does it for many samples,
with bounds on its error.
"""

from sightbits.information.gram.entropy import NegativeEigenvalueWarning as NegativeEigenvalueWarning
from sightbits.information.gram.entropy import Spectrum as Spectrum
from sightbits.information.gram.entropy import entropy_of_spectrum as entropy_of_spectrum
from sightbits.information.gram.entropy import gram_spectrum as gram_spectrum
from sightbits.information.gram.entropy import matrix_renyi_entropy as matrix_renyi_entropy
from sightbits.information.gram.entropy import normalise_gram as normalise_gram
from sightbits.information.gram.joint import averaged_gram as averaged_gram
from sightbits.information.gram.joint import joint_entropies as joint_entropies
from sightbits.information.gram.joint import joint_gram as joint_gram
from sightbits.information.gram.joint import (
    matrix_conditional_mutual_information as matrix_conditional_mutual_information,
)
from sightbits.information.gram.joint import matrix_joint_entropy as matrix_joint_entropy
from sightbits.information.gram.joint import matrix_multivariate_information as matrix_multivariate_information
from sightbits.information.gram.joint import matrix_mutual_information as matrix_mutual_information
from sightbits.information.gram.joint import pair_entropies as pair_entropies
from sightbits.information.gram.kernels import concatenated_gaussian_kernel as concatenated_gaussian_kernel
from sightbits.information.gram.kernels import gaussian_kernel as gaussian_kernel
from sightbits.information.gram.kernels import linear_kernel as linear_kernel
from sightbits.information.gram.kernels import match_kernel as match_kernel
from sightbits.information.gram.kernels import tensor_kernel as tensor_kernel
from sightbits.information.gram.low_rank import EntropyBounds as EntropyBounds
from sightbits.information.gram.low_rank import KernelColumns as KernelColumns
from sightbits.information.gram.low_rank import LowRankGram as LowRankGram
from sightbits.information.gram.low_rank import blockwise_entropy as blockwise_entropy
from sightbits.information.gram.low_rank import gaussian_columns as gaussian_columns
from sightbits.information.gram.low_rank import linear_columns as linear_columns
from sightbits.information.gram.low_rank import match_columns as match_columns
from sightbits.information.gram.low_rank import mutual_information_bounds as mutual_information_bounds
from sightbits.information.gram.low_rank import pivoted_cholesky as pivoted_cholesky
from sightbits.information.gram.low_rank import product_columns as product_columns
from sightbits.information.gram.sizes import alignment_size as alignment_size
from sightbits.information.gram.sizes import median_size as median_size
from sightbits.information.gram.sizes import silverman_size as silverman_size
