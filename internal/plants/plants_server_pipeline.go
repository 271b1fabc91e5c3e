package plants

import "github.com/imapfuzz/imapfuzz/harness"

func pipelinePlants() []Plant {
	return []Plant{
		{Name: "store-later", Rule: "R-PIPE-2", Kind: harness.Lie, Scenario: "server/pipeline_order",
			Doc: "STORE is done behind the command that comes next."},
		{Name: "pipeline-drops", Rule: "R-PIPE-5", Kind: harness.DataLoss, Scenario: "server/pipeline_deep",
			Doc: "The thousandth command is lost."},
	}
}
