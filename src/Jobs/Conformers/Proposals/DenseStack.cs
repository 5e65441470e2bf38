using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>Dense layers with SiLU between them on standardised features, without torch: a few thousand numbers a molecule. The trained
/// counterpart is <see cref="Training.GatePart"/>.</summary>
internal sealed class DenseStack
{
    /// <summary>Standardised features beyond this are cut: an odd molecule must not leave what was trained on.</summary>
    public const float Largest = 4;

    private readonly float[] _mean, _scale;
    private readonly (float[] Weight, float[] Bias)[] _layers;

    /// <summary>Takes the tensors whose names begin with a prefix.</summary>
    /// <exception cref="InvalidDataException">Some are missing or do not fit together.</exception>
    public DenseStack(IReadOnlyDictionary<string, float[]> tensors, string prefix, int inputs, int outputs)
    {
        (_mean, _scale) = (Take("mean", inputs), Take("scale", inputs));
        var layers = new List<(float[], float[])>();
        int width = inputs;
        for (; tensors.TryGetValue($"{prefix}.layers.{layers.Count}.bias", out float[]? bias); width = bias.Length)
            layers.Add((Take($"layers.{layers.Count}.weight", width * bias.Length), bias));
        _layers = [.. layers];
        if (width != outputs || _layers.Length == 0)
            throw new InvalidDataException($"{prefix}: {_layers.Length} layers end in {width} numbers, not {outputs}");

        float[] Take(string name, int length) => tensors.TryGetValue($"{prefix}.{name}", out float[]? values) && values.Length == length
            ? values
            : throw new InvalidDataException($"{prefix}.{name}: no {length} numbers");
    }

    /// <summary>One row of features.</summary>
    public float[] Evaluate(float[] features)
    {
        float[] h = new float[features.Length];
        for (int k = 0; k < h.Length; k++)
            h[k] = Math.Clamp((features[k] - _mean[k]) * _scale[k], -Largest, Largest);
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            (float[] weight, float[] bias) = _layers[layer];
            float[] next = [.. bias];
            for (int k = 0; k < next.Length; k++)
                next[k] += FixedOrder.Dot<float>(weight.AsSpan(k * h.Length, h.Length), h);
            if (layer < _layers.Length - 1)
                for (int k = 0; k < next.Length; k++)
                    next[k] /= 1 + MathF.Exp(-next[k]);
            h = next;
        }
        return h;
    }
}
