"""Compiles ctu.cu with NVRTC: python3 compile.py LIBNVRTC FOLDER writes ctu.sm_80.cubin, ctu.sm_90.cubin and ctu.ptx.

NVRTC is a library and needs no GPU: pip download nvidia-cuda-nvrtc-cu12==12.2.140, unpacked.
"""
import ctypes
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
# Divisions to 2 ulp: an IEEE division takes eight instructions, and no denominator here is large.
options = ["--std=c++17", "--prec-div=false", "--restrict", "-I" + here]
# PTX is compiled by the driver for every card that has no cubin of its own; compute_60 is Pascal.
targets = [("ctu.sm_80.cubin", "sm_80", "CUBIN"), ("ctu.sm_90.cubin", "sm_90", "CUBIN"), ("ctu.ptx", "compute_60", "PTX")]


def compile_for(nvrtc, source, architecture, kind):
    program = ctypes.c_void_p()
    if nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"ctu.cu", 0, None, None) != 0:
        sys.exit("compile: nvrtcCreateProgram failed")
    arguments = [option.encode() for option in ["--gpu-architecture=" + architecture, *options]]
    status = nvrtc.nvrtcCompileProgram(program, len(arguments), (ctypes.c_char_p * len(arguments))(*arguments))
    log = fetch(nvrtc, program, "ProgramLog").rstrip(b"\0").decode()
    if status != 0 or "warning" in log:
        sys.exit(f"compile: {architecture}: {log}")
    return fetch(nvrtc, program, kind)


def fetch(nvrtc, program, what):
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
    return buffer.raw


def main():
    library, folder = sys.argv[1:]
    nvrtc = ctypes.CDLL(library)
    with open(os.path.join(here, "ctu.cu"), "rb") as file:
        source = file.read()
    for name, architecture, kind in targets:
        code = compile_for(nvrtc, source, architecture, kind)
        with open(os.path.join(folder, name), "wb") as file:
            # PTX comes as a C string.
            file.write(code.rstrip(b"\0") if kind == "PTX" else code)
        print(name, len(code))


main()
