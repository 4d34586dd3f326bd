"""What the policies mean for one concrete flow: the reference reading. No Z3, no shapes, no cleverness."""
