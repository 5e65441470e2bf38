using MolSampling.Flows;
using MolSampling.Flows.Networks;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>
/// One member of a committee as torch trains it: for each element a network from an atom's features to its share of the energy, kJ/mol,
/// with the features shifted and scaled to mean 0 and variance 1 over the training frames. <see cref="Layers"/> folds that into the first
/// layer, so what is used has no such step.
/// </summary>
/// <remarks>Members train side by side on threads of their own. TorchSharp frees a scalar that only a call knows when the collector runs,
/// which another thread may cause within that call: so scalars are held here, and tensors by the caller's scope.</remarks>
internal sealed class AtomNetworks : Parametrized
{
    private readonly double _outputScale;
    private readonly Scalar _alpha, _inverseAlpha, _zero, _scale;
    private readonly Dense[][] _layers; // [E][L]
    private readonly (float[] Mean, float[] Scale)[] _inputs;
    private readonly Parameter[] _means, _inverses;

    /// <param name="inputs">[E] mean and scale of each feature.</param>
    /// <param name="hidden">Widths of the hidden layers.</param>
    /// <param name="scale">Of an atom's share, kJ/mol: what the last layer's sums are multiplied with.</param>
    /// <param name="alpha">Of the activation, celu.</param>
    public AtomNetworks(IReadOnlyList<(float[] Mean, float[] Scale)> inputs, IReadOnlyList<int> hidden, double scale, double alpha)
    {
        (_outputScale, _alpha, _inverseAlpha, _zero, _scale, _inputs) = (scale, alpha, 1 / alpha, 0.0, scale, [.. inputs]);
        int[] widths = [inputs[0].Mean.Length, .. hidden, 1];
        _layers = [.. inputs.Select((_, e) => Enumerable.Range(0, widths.Length - 1).Select(l => Part($"element{e}layer{l}",
            new Dense(widths[l], widths[l + 1], l == widths.Length - 2 ? 1 : 1.4))).ToArray())];
        _means = [.. inputs.Select((x, e) => Constant($"mean{e}", tensor(x.Mean)))];
        _inverses = [.. inputs.Select((x, e) => Constant($"inverse{e}", tensor(Array.ConvertAll(x.Scale, s => 1 / s))))];
    }

    /// <summary>Shares of the energy of atoms of one element, [..., C] to [...].</summary>
    public Tensor Forward(int element, Tensor features)
    {
        Tensor z = _layers[element][0].Forward((features - _means[element].Value) * _inverses[element].Value);
        foreach (Dense layer in _layers[element].Skip(1))
            z = layer.Forward(z.celu(_alpha));
        return z.squeeze(-1).mul(_scale);
    }

    /// <summary>The same, and how they change along a change of the features: dz = W dh, dh = celu'(z) dz. Its gradient in the weights is
    /// the second derivative that a loss on forces asks for, without a second backward pass.</summary>
    public (Tensor Shares, Tensor Changes) Forward(int element, Tensor features, Tensor changes)
    {
        Dense[] layers = _layers[element];
        Tensor z = layers[0].Forward((features - _means[element].Value) * _inverses[element].Value),
            dz = layers[0].Tangent(changes * _inverses[element].Value);
        foreach (Dense layer in layers.Skip(1))
        {
            Tensor dh = z.clamp_max(_zero).mul(_inverseAlpha).exp() * dz;
            z = layer.Forward(z.celu(_alpha));
            dz = layer.Tangent(dh);
        }
        return (z.squeeze(-1).mul(_scale), dz.squeeze(-1).mul(_scale));
    }

    /// <summary>[L] weights [outputs, inputs] and biases of an element's network on features as they are.</summary>
    public IReadOnlyList<(float[] Weights, float[] Biases)> Layers(int element)
    {
        var layers = new List<(float[], float[])>();
        foreach (Dense layer in _layers[element])
        {
            float[][] own = [.. layer.State.Select(s => s.Parameter.Value.detach().reshape(-1).data<float>().ToArray())];
            (float[] weights, float[] biases) = (own[0], own[1]);
            if (layers.Count == 0)
            {
                (float[] mean, float[] scale) = _inputs[element];
                for (int row = 0; row < biases.Length; row++)
                {
                    double shift = 0;
                    for (int c = 0; c < mean.Length; c++)
                    {
                        double w = (double)weights[row * mean.Length + c] / scale[c];
                        weights[row * mean.Length + c] = (float)w;
                        shift += (float)w * (double)mean[c];
                    }
                    biases[row] = (float)(biases[row] - shift);
                }
            }
            layers.Add((weights, biases));
        }
        foreach (float[] last in new[] { layers[^1].Item1, layers[^1].Item2 })
            for (int k = 0; k < last.Length; k++)
                last[k] = (float)(_outputScale * last[k]);
        return layers;
    }
}
