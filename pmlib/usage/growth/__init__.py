"""Where new people come from, what goes with staying, which features are taken up."""
