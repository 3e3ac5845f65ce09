"""The pictures of information through a network: `chains` layer by layer, `planes` and `curves` over the training."""
