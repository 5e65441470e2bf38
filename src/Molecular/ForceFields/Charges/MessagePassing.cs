using System.Numerics.Tensors;
using MolSampling.Sampling;

namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>
/// One network over a <see cref="ChargeGraph"/>. A layer sums the neighbours' states, each multiplied by a linear function of the bond,
/// m_v = sum_u (G b_uv) * h_u, and moves the own state, h_v &lt;- LayerNorm(h_v + SiLU(A [h_v, m_v] + c)). In double without torch; the
/// trained counterpart is MolSampling.Jobs.Charges.ChargeModel.
/// </summary>
internal sealed class MessagePassing
{
    private readonly DenseLayer _input, _hidden, _output;
    private readonly (double[] Gate, DenseLayer Mix)[] _layers;
    private readonly int _width;

    public MessagePassing(IReadOnlyDictionary<string, float[]> tensors, string prefix)
    {
        _input = new(tensors, prefix + "input", ChargeGraph.VertexWidth);
        _width = _input.Outputs;
        var layers = new List<(double[], DenseLayer)>();
        while (tensors.ContainsKey($"{prefix}layer{layers.Count}.gate"))
        {
            string name = $"{prefix}layer{layers.Count}";
            layers.Add((DenseLayer.Take(tensors, $"{name}.gate", ChargeGraph.EdgeWidth * _width), new(tensors, $"{name}.mix", 2 * _width)));
        }
        _layers = [.. layers];
        _hidden = new(tensors, prefix + "hidden", _width);
        _output = new(tensors, prefix + "output", _hidden.Outputs);
    }

    public double[] Evaluate(ChargeGraph graph)
    {
        double[][] h = [.. Enumerable.Range(0, graph.Count).Select(v => Silu(_input.Apply([.. graph.Vertices.AsSpan(
            v * ChargeGraph.VertexWidth, ChargeGraph.VertexWidth).ToArray().Select(f => (double)f)])))];
        foreach ((double[] gate, DenseLayer mix) in _layers)
        {
            double[][] both = [.. h.Select(own => { double[] b = new double[2 * _width]; own.CopyTo(b, 0); return b; })];
            for (int e = 0; e < graph.From.Length; e++)
                for (int k = 0; k < _width; k++)
                {
                    double factor = 0;
                    for (int f = 0; f < ChargeGraph.EdgeWidth; f++)
                        factor += gate[f * _width + k] * graph.Edges[e * ChargeGraph.EdgeWidth + f];
                    both[graph.To[e]][_width + k] += factor * h[graph.From[e]][k];
                }
            h = [.. h.Select((own, v) => Normalise(own, Silu(mix.Apply(both[v]))))];
        }
        return [.. h.SelectMany(own => _output.Apply(Silu(_hidden.Apply(own))))];
    }

    private static double[] Normalise(double[] own, double[] update)
    {
        TensorPrimitives.Add<double>(own, update, update);
        double mean = FixedOrder.Sum<double>(update) / update.Length;
        TensorPrimitives.Subtract<double>(update, mean, update);
        double variance = FixedOrder.SumOfSquares<double>(update) / update.Length;
        TensorPrimitives.Multiply<double>(update, 1 / Math.Sqrt(variance + ChargeNetwork.NormFloor), update);
        return update;
    }

    private static double[] Silu(double[] x)
    {
        for (int k = 0; k < x.Length; k++)
            x[k] /= 1 + Math.Exp(-x[k]);
        return x;
    }
}
