// Reads one JSON object a line ({"expr": ..., "vars": {...}}) and says what Kubernetes' CEL makes of each expression.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
)

type sizer struct{}

func (sizer) EstimateSize(checker.AstNode) *checker.SizeEstimate { return nil }
func (sizer) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

type in struct {
	Expr string `json:"expr"`
}
type out struct {
	Expr    string `json:"expr"`
	Error   string `json:"error,omitempty"`
	Type    string `json:"type,omitempty"`
	Min     string `json:"min,omitempty"`
	Max     string `json:"max,omitempty"`
	Program string `json:"program,omitempty"`
	Value   string `json:"value,omitempty"`
	Failure string `json:"failure,omitempty"`
	Cost    string `json:"cost,omitempty"`
}

func show(v ref.Val) string {
	if o, ok := v.(*types.Optional); ok {
		if !o.HasValue() {
			return "optional.none()"
		}
		return "optional(" + show(o.GetValue()) + ")"
	}
	if s, ok := v.(types.String); ok {
		b, _ := json.Marshal(string(s))
		return string(b)
	}
	return fmt.Sprintf("%s %s", v.Type().TypeName(), types.Format(v))
}

func main() {
	envs, err := environment.MustBaseEnvSet(version.MajorMinor(1, 36)).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions: []cel.EnvOption{
			cel.Variable("s", cel.StringType), cel.Variable("i", cel.IntType), cel.Variable("b", cel.BoolType), cel.Variable("d", cel.DoubleType),
			cel.Variable("l", cel.ListType(cel.StringType)), cel.Variable("n", cel.ListType(cel.IntType)), cel.Variable("m", cel.MapType(cel.StringType, cel.StringType)), cel.Variable("x", cel.DynType),
			cel.Variable("t", cel.TimestampType), cel.Variable("u", cel.DurationType), cel.Variable("y", cel.BytesType),
		},
	})
	if err != nil {
		panic(err)
	}
	env := envs.StoredExpressionsEnv()
	vars := map[string]any{"s": "hello", "i": int64(7), "b": true, "d": 1.5, "l": []string{"a", "bc", "def"}, "n": []int64{3, 1, 2}, "m": map[string]string{"k": "v"},
		"x": map[string]any{"a": map[string]any{"b": int64(1), "c": []any{"p", int64(2)}}, "z": nil},
		"t": types.String("2024-02-29T12:34:56.789Z").ConvertToType(types.TimestampType), "u": types.String("1h30m5.5s").ConvertToType(types.DurationType), "y": []byte("abc")}
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<24)
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	for sc.Scan() {
		var c in
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			panic(err)
		}
		o := out{Expr: c.Expr}
		ast, iss := env.Compile(c.Expr)
		if iss != nil && iss.Err() != nil {
			o.Error = iss.String()
			enc.Encode(o)
			continue
		}
		o.Type = ast.OutputType().String()
		est, err := env.EstimateCost(ast, &library.CostEstimator{SizeEstimator: sizer{}})
		if err != nil {
			panic(err)
		}
		o.Min, o.Max = fmt.Sprint(est.Min), fmt.Sprint(est.Max)
		prog, err := env.Program(ast)
		if err != nil {
			o.Program = err.Error()
			enc.Encode(o)
			continue
		}
		v, det, err := prog.Eval(vars)
		if err != nil {
			o.Failure = err.Error()
		} else {
			o.Value = show(v)
		}
		if det != nil && det.ActualCost() != nil {
			o.Cost = fmt.Sprint(*det.ActualCost())
		}
		enc.Encode(o)
	}
}
