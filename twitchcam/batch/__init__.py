"""Many clips: found, named, measured in processes of their own, written as one table.

    paths, manifests -> jobs -> (which are done already?) -> executor -> journal -> tables, cohort page

A finished clip is one line in a journal that is only ever appended to; tables are made from the journals.
"""
