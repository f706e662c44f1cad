"""What each figure of a trained model means, in which unit, and which way is better."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["lower is better", "higher is better", "neither is better"]


@dataclass(frozen=True)
class FigureDescription:
    """What a figure is, for the label beside it and the definition one click away."""

    name: str
    title: str
    unit: str
    direction: Direction
    definition: str


FIGURES: tuple[FigureDescription, ...] = (
    FigureDescription(
        "reconstruction",
        "reconstruction",
        "nats per sample",
        "lower is better",
        "−log p(x|z), summed over a sample's features, averaged over the samples and sixteen fixed draws of z from "
        "q(z|x).",
    ),
    FigureDescription(
        "reconstruction_error",
        "± of the reconstruction",
        "nats per sample",
        "lower is better",
        "Standard error over the sixteen draws: how far other noise would be off on these very samples.",
    ),
    FigureDescription(
        "kl",
        "KL",
        "nats per sample",
        "neither is better",
        "KL(q(z|x) ‖ p(z)), summed over the latent dimensions, averaged over the samples; in closed form, or over the "
        "same draws as the reconstruction where the prior has none.",
    ),
    FigureDescription(
        "kl_error",
        "± of the KL",
        "nats per sample",
        "lower is better",
        "Standard error over the sixteen draws, where the KL has no closed form.",
    ),
    FigureDescription(
        "elbo",
        "ELBO",
        "nats per sample",
        "higher is better",
        "−(reconstruction + KL): a lower bound of log p(x).",
    ),
    FigureDescription(
        "elbo_error",
        "± of the ELBO",
        "nats per sample",
        "lower is better",
        "Standard error over the sixteen draws: how far other noise would be off on these very samples.",
    ),
    FigureDescription(
        "log_likelihood",
        "log p(x)",
        "nats per sample",
        "higher is better",
        "Importance-weighted estimate of log p(x) by K draws of z from q(z|x), averaged over the samples (Burda et al. "
        "2016, arXiv 1509.00519): in expectation a lower bound, nearer with each draw.",
    ),
    FigureDescription(
        "log_likelihood_error",
        "± of log p(x), samples",
        "nats per sample",
        "lower is better",
        "Standard error of log p(x) over the samples: how far another split of this size would be off.",
    ),
    FigureDescription(
        "monte_carlo_error",
        "± of log p(x), draws",
        "nats per sample",
        "lower is better",
        "Standard error of log p(x) for want of draws (delta method): how far other noise would be off on these very "
        "samples.",
    ),
    FigureDescription(
        "gap",
        "gap, KL(q ‖ p(z|x))",
        "nats per sample",
        "lower is better",
        "log p(x) − ELBO: as K grows, KL(q(z|x) ‖ p(z|x)), how far the encoder's posterior is from the true one; never "
        "negative but for the error of the draws.",
    ),
    FigureDescription(
        "mse",
        "squared error",
        "squared model values per sample",
        "lower is better",
        "Squared error of the decode of the posterior's mean, summed over a sample's features, averaged over the "
        "samples; pictures in the range [0, 1], standardised features in standard deviations.",
    ),
    FigureDescription(
        "decode_difference",
        "difference of the decodes",
        "model values",
        "neither is better",
        "Root mean square difference between the decodes (the mean of p(x|z) at the posterior's mean) of two different "
        "samples, over all pairs of the split and all of a sample's values (pixels in the range [0, 1]): 0 where every "
        "sample is decoded alike.",
    ),
    FigureDescription(
        "psnr_corrupted",
        "PSNR of the corrupted",
        "dB",
        "neither is better",
        "Peak signal-to-noise ratio 10·log₁₀(1 / mean squared error) between the samples, in [0, 1], and what the "
        "encoder sees of them under the run's own corruption, drawn from a fixed seed, not clipped; the mean is over "
        "all values of the split.",
    ),
    FigureDescription(
        "psnr_restored",
        "PSNR of the restored",
        "dB",
        "higher is better",
        "The same ratio between the clean samples and the decodes of the corrupted ones (of the posterior's mean): how "
        "much of the corruption is taken away again.",
    ),
    FigureDescription(
        "knn_accuracy",
        "class separability",
        "share of the samples",
        "higher is better",
        "Share of the split's samples whose class is that of most of their 10 nearest neighbours (Euclidean, all "
        "latent dimensions, posterior means) among the training split's codes.",
    ),
    FigureDescription(
        "knn_accuracy_error",
        "± of the separability",
        "share of the samples",
        "lower is better",
        "Standard error over the samples, taken as independent: √(p·(1−p)/n).",
    ),
    FigureDescription(
        "overlap",
        "overlap of the classes",
        "share of the samples",
        "lower is better",
        "Share of the split's samples of known class more than half of whose 10 nearest neighbours within the split "
        "(itself left out, Euclidean, all latent dimensions, posterior means) are of other classes.",
    ),
    FigureDescription(
        "overlap_error",
        "± of the overlap",
        "share of the samples",
        "lower is better",
        "Standard error over the samples, taken as independent: √(p·(1−p)/n).",
    ),
    FigureDescription(
        "silhouette",
        "silhouette",
        "of at most 1",
        "higher is better",
        "Mean of (b − a) / max(a, b) over the samples of known class: a is a sample's mean distance to the others of "
        "its class, b to the nearest other class (Rousseeuw 1987; Euclidean, all latent dimensions, posterior means). "
        "Of more than 5,000, as many are drawn from a fixed seed.",
    ),
    FigureDescription(
        "silhouette_error",
        "± of the silhouette",
        "of at most 1",
        "lower is better",
        "Standard error of the silhouette over the samples, taken as independent: how far other samples would be off.",
    ),
    FigureDescription(
        "extent",
        "extent of the codes",
        "latent units",
        "neither is better",
        "Radius around the mean of the split's codes (posterior means) that holds 99 % of them: the 99th percentile of "
        "their Euclidean distances from it, over all latent dimensions.",
    ),
    FigureDescription(
        "extent_error",
        "± of the extent",
        "latent units",
        "lower is better",
        "Standard error of the percentile over the samples: half the distance between those one standard deviation "
        "√(p·(1−p)/n) of its rank below and above.",
    ),
    FigureDescription(
        "anisotropy",
        "anisotropy of the codes",
        "times",
        "neither is better",
        "Standard deviation of the split's codes (posterior means) along their first principal axis over that along "
        "their last: 1 where they reach equally far in all directions.",
    ),
    FigureDescription(
        "posterior_sigma",
        "σ of the posteriors",
        "latent units",
        "neither is better",
        "Standard deviation of q(z|x), of each latent dimension by itself, averaged over the dimensions and samples. "
        "log σ² stays between −12 and 12, so that it is at least 0.0025.",
    ),
    FigureDescription(
        "sigma_over_spread",
        "σ over the codes' spread",
        "times",
        "neither is better",
        "The posteriors' mean σ over the codes' spread, the standard deviation of the posterior means over the split, "
        "averaged over the latent dimensions: near 0 the posteriors are points, far above 1 all samples share one.",
    ),
    FigureDescription(
        "hull_holes",
        "holes of the hull",
        "share of the hull's area",
        "lower is better",
        "Share of the area of the codes' convex hull that is farther from every code than near, the 95th percentile of "
        "the codes' distances from their own nearest neighbour. On the plane: two latent dimensions as they are, of "
        "more the codes' first two principal components. Among 2,000 codes (posterior means), or all of a smaller "
        "split; averaged over 16 fixed choices of them, each with 10,000 uniform draws in its hull. More codes leave "
        "other holes: compare equal numbers.",
    ),
    FigureDescription(
        "hull_holes_error",
        "± of the hull's holes",
        "share of the hull's area",
        "lower is better",
        "Standard error over the 16 choices of codes, and draws in their hull, from one split.",
    ),
    FigureDescription(
        "prior_holes",
        "holes of the prior",
        "share of the prior's draws",
        "lower is better",
        "Share of draws from the prior that are farther from every code than near, the 95th percentile of the codes' "
        "distances from their own nearest neighbour, over all latent dimensions; among the same 16 choices of 2,000 "
        "codes, or all of a smaller split, with 5,000 fixed draws each.",
    ),
    FigureDescription(
        "prior_holes_error",
        "± of the prior's holes",
        "share of the prior's draws",
        "lower is better",
        "Standard error over the 16 choices of codes, and draws from the prior, from one split.",
    ),
    FigureDescription(
        "aggregate_mmd",
        "MMD² of q(z) from the prior",
        "of at most 2",
        "lower is better",
        "Squared maximum mean discrepancy, unbiased (Gretton et al. 2012, JMLR 13, equation 4), between draws of the "
        "aggregate posterior, one of q(z|x) for each sample (the code where q is a point), and as many of the prior; "
        "at most 2,000 of each, from fixed seeds. Gaussian kernel exp(−distance² / 2σ²), σ the median distance between "
        "500 draws of the prior. About 0, and as often below, where the two are one distribution.",
    ),
    FigureDescription(
        "aggregate_mmd_error",
        "± of the MMD²",
        "of at most 2",
        "lower is better",
        "Standard error over the draws (jackknife); rather too large where the two distributions are nearly one.",
    ),
    FigureDescription(
        "aggregate_kl",
        "KL of q(z) from the prior",
        "nats",
        "lower is better",
        "KL(q(z) ‖ p(z)), q(z) the mixture of the posteriors of the split's samples (at most 10,000, by a fixed seed), "
        "averaged over one draw each of at most 2,000 of them. For these samples without bias; for all samples there "
        "might be too large, as a mixture of few is rougher than that of many. The KL less I(x; z).",
    ),
    FigureDescription(
        "aggregate_kl_error",
        "± of the KL of q(z)",
        "nats",
        "lower is better",
        "Standard error over the draws.",
    ),
    FigureDescription(
        "mutual_information",
        "I(x; z)",
        "nats",
        "neither is better",
        "Mutual information of a sample and its code: the mean of log q(z|x) − log q(z) over the same draws, q(z) the "
        "same mixture of N posteriors (Hoffman and Johnson 2016, ELBO surgery). It saturates at log N, where no two "
        "posteriors overlap: near that it only says that the true one is at least about so large.",
    ),
    FigureDescription(
        "mutual_information_error",
        "± of I(x; z)",
        "nats",
        "lower is better",
        "Standard error over the draws.",
    ),
    FigureDescription(
        "mutual_information_bound",
        "log N, bound of I(x; z)",
        "nats",
        "neither is better",
        "The largest value that I(x; z) can have among N samples: the logarithm of their number, at most 10,000.",
    ),
    FigureDescription(
        "round_trip",
        "round trip",
        "latent units",
        "lower is better",
        "Mean over 1,000 draws z of the prior, from a fixed seed, of the Euclidean distance between z and the "
        "posterior's mean for the decode of z (the mean of p(x|z)).",
    ),
    FigureDescription(
        "round_trip_error",
        "± of the round trip",
        "latent units",
        "lower is better",
        "Standard error over the draws.",
    ),
    FigureDescription(
        "smoothness",
        "slope of the decoder",
        "model values per spread of the codes",
        "neither is better",
        "Mean over at most 256 samples, by a fixed seed (16,384 / latent dimensions where that is fewer, but at least "
        "16), of the Frobenius norm of the Jacobian of the decode's mean at the sample's code, each column times the "
        "standard deviation of all codes in its dimension: small where the decoder is smooth, 0 where it ignores z.",
    ),
    FigureDescription(
        "smoothness_error",
        "± of the slope",
        "model values per spread of the codes",
        "lower is better",
        "Standard error over these samples.",
    ),
    FigureDescription(
        "binary_entropy",
        "floor of the reconstruction",
        "nats per sample",
        "neither is better",
        "The data's own binary entropy, −Σ x·log x + (1−x)·log(1−x): the least that a Bernoulli likelihood costs on "
        "grey values, reached where every pixel is decoded exactly.",
    ),
    FigureDescription(
        "active_units",
        "active units",
        "latent dimensions",
        "neither is better",
        "Latent dimensions whose posterior mean varies by more than 0.01 over the split (Burda et al. 2016, "
        "arXiv 1509.00519).",
    ),
    FigureDescription(
        "active_fraction",
        "active share of the code",
        "share of the units",
        "neither is better",
        "Share of a sparse code's units that are active on a sample, averaged over the samples: not zero, or more than "
        "0.5 behind a sigmoid.",
    ),
    FigureDescription(
        "dead_units",
        "dead units",
        "units",
        "lower is better",
        "Units of a sparse code that are active on no sample of the split.",
    ),
)
