"""Environment: what a process that runs notebooks is started with; nothing heavy."""

# One thread: results of matrix work may differ in the last digits between thread counts.
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
# As a kernel sets it: figures are shown in the cell that draws them.
INLINE = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
