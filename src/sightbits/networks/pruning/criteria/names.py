"""The criteria by name: what each is, and whether it minds that filters repeat each other."""

CRITERIA: dict[str, str] = {
    "usable_information": "what the rest of the network can still tell of the label without it, one after the other",
    "learnable_information": "the same, while what stands behind the filters learns along",
    "conditional_relevance": "what it tells of the label beyond the filters chosen before it",
    "excess_relevance": "I(T; Y) above chance",
    "relevance_by_spread": "I(T; Y) above chance, times the spread of its map",
    "scale_free_relevance": "I(T; Y) above chance, with kernels that do not know scale",
    "relevance": "I(T; Y)",
    "bottleneck": "the source's objective I(X; T) - beta I(T; Y), smaller first",
    "excess_bottleneck": "the same objective of what is above chance",
    "taylor": "how much the loss would change without it, to first order",
    "l1": "the sum of its absolute weights",
    "apoz": "how rarely its map is zero",
    "hrank": "the mean rank of its map",
    "random": "nothing: drawn at random",
}

INFORMATION_CRITERIA = (
    "usable_information",
    "learnable_information",
    "conditional_relevance",
    "excess_relevance",
    "relevance_by_spread",
    "scale_free_relevance",
    "relevance",
    "bottleneck",
    "excess_bottleneck",
)
