"""The Textual face: the wizard's screens. It holds no rule; it shows what Session, Plan and the journal say."""
