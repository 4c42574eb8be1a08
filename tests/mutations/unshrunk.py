"""A plugin of pytest for runs in which the first counterexample will do: none is made small.

It is copied beside the packages of a tree's interpreter, as trees need not have it.
"""

from hypothesis import Phase, settings

settings.register_profile("unshrunk", phases=(Phase.explicit, Phase.generate))
settings.load_profile("unshrunk")
