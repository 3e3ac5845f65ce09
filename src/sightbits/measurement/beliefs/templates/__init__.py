"""What a mixture belief is made of: templates of training images, blurred, matched as learned, or prototypes."""
