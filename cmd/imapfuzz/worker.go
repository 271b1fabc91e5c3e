package main

import "github.com/imapfuzz/imapfuzz/fuzz"

// workerVerb is what the processes are started with in which targets run. It
// is not for people.
const workerVerb = "worker"

// workerMain does not return.
func workerMain() { fuzz.WorkerMain(targets()) }
