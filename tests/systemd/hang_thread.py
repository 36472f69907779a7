#!/usr/bin/env python3
"""Holds one thread of a process as a debugger would, until the process ends: hang_thread.py PID NAME_OF_THREAD"""
import ctypes
import os
import pathlib
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_CONT = 0x4206, 0x4207, 7
WALL = 0x40000000


def main(pid, name):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    threads = [int(task.name) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
               if (task / "comm").read_text().strip() == name]
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if libc.ptrace(request, threads[0], None, None) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.waitpid(threads[0], WALL)
    print(f"thread {threads[0]} of {len(threads)} is held", flush=True)
    try:
        os.waitpid(threads[0], WALL)  # returns when the process was killed
    except ChildProcessError:
        pass


main(int(sys.argv[1]), sys.argv[2])
