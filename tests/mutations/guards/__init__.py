"""The guards by room, each with the change that breaks it and the tests that must notice.

A guard names its folder and the text to be changed, not the file, so that moving a file within
its folder breaks no guard. Import nothing here but `mutation.py`; all of them together are in
`catalogue.py`.
"""
