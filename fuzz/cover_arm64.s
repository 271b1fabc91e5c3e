//go:build imapfuzz_cover

#include "textflag.h"

// func counterBounds() (start, stop unsafe.Pointer)
TEXT ·counterBounds(SB), NOSPLIT, $0-16
	MOVD $runtime·covctrs(SB), R0
	MOVD R0, start+0(FP)
	MOVD $runtime·ecovctrs(SB), R0
	MOVD R0, stop+8(FP)
	RET
