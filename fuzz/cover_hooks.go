//go:build imapfuzz_hooks

package fuzz

import _ "unsafe" // for go:linkname

// What instrumented code calls when it compares. A test binary has these of
// internal/fuzz; a plain program that is instrumented has to bring them along,
// hence the tag imapfuzz_hooks.

//go:linkname traceCmp1 runtime.libfuzzerTraceCmp1
//go:linkname traceCmp2 runtime.libfuzzerTraceCmp2
//go:linkname traceCmp4 runtime.libfuzzerTraceCmp4
//go:linkname traceCmp8 runtime.libfuzzerTraceCmp8

//go:linkname traceConstCmp1 runtime.libfuzzerTraceConstCmp1
//go:linkname traceConstCmp2 runtime.libfuzzerTraceConstCmp2
//go:linkname traceConstCmp4 runtime.libfuzzerTraceConstCmp4
//go:linkname traceConstCmp8 runtime.libfuzzerTraceConstCmp8

//go:linkname hookStrCmp runtime.libfuzzerHookStrCmp
//go:linkname hookEqualFold runtime.libfuzzerHookEqualFold

func traceCmp1(arg0, arg1 uint8, fakePC uint)  {}
func traceCmp2(arg0, arg1 uint16, fakePC uint) {}
func traceCmp4(arg0, arg1 uint32, fakePC uint) {}
func traceCmp8(arg0, arg1 uint64, fakePC uint) {}

func traceConstCmp1(arg0, arg1 uint8, fakePC uint)  {}
func traceConstCmp2(arg0, arg1 uint16, fakePC uint) {}
func traceConstCmp4(arg0, arg1 uint32, fakePC uint) {}
func traceConstCmp8(arg0, arg1 uint64, fakePC uint) {}

func hookStrCmp(arg0, arg1 string, fakePC uint)    {}
func hookEqualFold(arg0, arg1 string, fakePC uint) {}
