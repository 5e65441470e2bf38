using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>
/// Dense layers whose masks let an output of degree d see only inputs of degree below d. Hidden units have degrees 0 .. largest - 1 in
/// turn; a unit of degree m sees what has a degree of at most m. M. Germain et al., ICML 2015, "MADE".
/// </summary>
internal sealed class MaskedMlp : Conditioner
{
    private readonly Dense[] _layers;

    /// <param name="inputDegrees">Degree of each input.</param>
    /// <param name="outputDegrees">Degree of each output.</param>
    /// <param name="hidden">Widths of hidden layers.</param>
    public MaskedMlp(IReadOnlyList<int> inputDegrees, IReadOnlyList<int> outputDegrees, IReadOnlyList<int> hidden)
        : base(inputDegrees.Count, outputDegrees.Count)
    {
        int largest = outputDegrees.Max();
        int[][] degrees = [[.. inputDegrees], .. hidden.Select(w => Enumerable.Range(0, w).Select(k => k % largest).ToArray()),
            [.. outputDegrees]];
        _layers = [.. Enumerable.Range(0, degrees.Length - 1).Select(k =>
        {
            (int[] from, int[] to, bool last) = (degrees[k], degrees[k + 1], k == degrees.Length - 2);
            float[] mask = [.. to.SelectMany(t => from.Select(f => (last ? f < t : f <= t) ? 1f : 0))];
            return Part($"{k}", new Dense(from.Length, to.Length, last ? Mlp.LastGain : 1, tensor(mask, [to.Length, from.Length])));
        })];
    }

    public override Tensor Forward(Tensor features)
    {
        Tensor h = _layers[0].Forward(features);
        foreach (Dense layer in _layers.Skip(1))
            h = layer.Forward(h, activated: true);
        return h;
    }
}
