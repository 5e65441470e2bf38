using MolSampling.Sampling;

namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>A x + b.</summary>
internal sealed class DenseLayer
{
    private readonly double[] _weight, _bias;

    public DenseLayer(IReadOnlyDictionary<string, float[]> tensors, string name, int inputs)
    {
        _bias = tensors.TryGetValue($"{name}.bias", out float[]? bias) ? [.. bias.Select(v => (double)v)]
            : throw new InvalidDataException($"{name}.bias: no such tensor");
        _weight = Take(tensors, $"{name}.weight", inputs * _bias.Length);
    }

    public int Outputs => _bias.Length;

    public static double[] Take(IReadOnlyDictionary<string, float[]> tensors, string name, int length) =>
        tensors.TryGetValue(name, out float[]? values) && values.Length == length ? [.. values.Select(v => (double)v)]
            : throw new InvalidDataException($"{name}: no {length} numbers");

    public double[] Apply(double[] x)
    {
        double[] y = [.. _bias];
        for (int k = 0; k < y.Length; k++)
            y[k] += FixedOrder.Dot<double>(_weight.AsSpan(k * x.Length, x.Length), x);
        return y;
    }
}
