//go:build imapfuzz_cover

#include "textflag.h"

// func counterBounds() (start, stop unsafe.Pointer)
TEXT ·counterBounds(SB), NOSPLIT, $0-16
	MOVQ $runtime·covctrs(SB), AX
	MOVQ AX, start+0(FP)
	MOVQ $runtime·ecovctrs(SB), AX
	MOVQ AX, stop+8(FP)
	RET
