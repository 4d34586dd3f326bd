"""What there is to say of a cluster and its decisions beyond yes and no."""
