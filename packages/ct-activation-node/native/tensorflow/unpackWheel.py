"""Unpacks from a wheel of TensorFlow what tfjs-node and the op need: python3 unpackWheel.py WHEEL FOLDER libraries|headers.

Writes FOLDER/include and, for libraries, FOLDER/lib with the names that a linker looks for.
"""
import os
import shutil
import sys
import zipfile

LIBRARIES = {"tensorflow/libtensorflow_cc.so.2": "libtensorflow.so", "tensorflow/libtensorflow_framework.so.2": "libtensorflow_framework.so"}


def main():
    wheel, folder, contents = sys.argv[1:]
    found = set()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith("tensorflow/include/") and not name.endswith("/"):
                target = name[len("tensorflow/"):]
            elif contents == "libraries" and name in LIBRARIES:
                target = "lib/" + os.path.basename(name)
                found.add(name)
            else:
                continue
            path = os.path.join(folder, target)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            # Reads to the end, so that the archive's own sum is checked.
            with archive.open(name) as source, open(path, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 22)
    if contents == "libraries":
        if found != set(LIBRARIES):
            sys.exit(f"unpackWheel: {wheel} holds {sorted(found)} of {sorted(LIBRARIES)}; it is not a wheel with libtensorflow")
        for name, link in LIBRARIES.items():
            os.symlink(os.path.basename(name), os.path.join(folder, "lib", link))


main()
