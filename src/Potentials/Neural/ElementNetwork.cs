using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Neural;

/// <summary>
/// One member's network of one element, packed for panels of atoms times walkers: hidden layers h = celu(W h + b) with celu(z) =
/// max(0, z) + min(0, (exp(z/a) - 1) a) (J. T. Barron, arXiv:1704.07483), and a sum at the end; forward, and back to the gradient
/// in the inputs. Weights are not trained here, so no other gradient exists.
/// </summary>
internal sealed class ElementNetwork
{
    private readonly double _alpha;
    private readonly PackedMatrix[] _forward, _backward; // of the hidden layers
    private readonly float[][] _biases; // padded, pinned
    private readonly float[] _output; // pinned
    private readonly float[] _zeros; // pinned: the start of a product without a bias

    /// <summary>Packs a network.</summary>
    /// <param name="layers">As published, the last with one output.</param>
    /// <param name="columns">[inputs] which of the first layer's columns are kept.</param>
    /// <param name="alpha">a.</param>
    public ElementNetwork(IReadOnlyList<AniLayer> layers, int[] columns, double alpha)
    {
        _alpha = alpha;
        int hidden = layers.Count - 1;
        (_forward, _backward, _biases) = (new PackedMatrix[hidden], new PackedMatrix[hidden], new float[hidden][]);
        for (int l = 0; l < hidden; l++)
        {
            AniLayer layer = layers[l];
            int inputs = layer.Inputs;
            float[] w = layer.Weights;
            int[]? kept = l == 0 ? columns : null;
            int depth = kept?.Length ?? inputs;
            _forward[l] = new(layer.Outputs, depth, (row, k) => w[row * inputs + (kept?[k] ?? k)]);
            _backward[l] = new(depth, layer.Outputs, (row, k) => w[k * inputs + (kept?[row] ?? row)]);
            _biases[l] = GC.AllocateArray<float>(PackedMatrix.PaddedRows(layer.Outputs), pinned: true);
            layer.Biases.CopyTo(_biases[l], 0);
        }
        _output = GC.AllocateArray<float>(layers[hidden].Inputs, pinned: true);
        layers[hidden].Weights.CopyTo(_output, 0);
        OutputBias = layers[hidden].Biases[0];
        _zeros = GC.AllocateArray<float>(_backward.Max(m => PackedMatrix.PaddedRows(m.Rows)), pinned: true);
    }

    /// <summary>Inputs.</summary>
    public int Inputs => _forward[0].Depth;

    /// <summary>Of the last sum: added by the caller, in double precision.</summary>
    public double OutputBias { get; }

    /// <summary>Multiply-adds of one column, forward.</summary>
    public long MultiplyAdds => _output.Length + _forward.Sum(m => (long)m.Rows * m.Depth);

    /// <summary>Lanes of work space for each panel: what the hidden layers give, and one gradient.</summary>
    public int ScratchLanes => 2 * (_biases.Sum(b => b.Length) + _biases.Max(b => b.Length));

    /// <summary>The sums at the end.</summary>
    /// <param name="inputs">Panels [inputs, 2].</param>
    /// <param name="stride">Lanes between two of these.</param>
    /// <param name="scratch">[panels * <see cref="ScratchLanes"/>]: holds the hidden layers for the way back.</param>
    /// <param name="outputs">[panels, 2], without <see cref="OutputBias"/>.</param>
    /// <param name="panels">How many.</param>
    public unsafe void Forward<T>(T* inputs, int stride, T* scratch, T* outputs, int panels) where T : unmanaged, ILane<T>
    {
        T* x = inputs, h = scratch;
        int xStride = stride;
        for (int l = 0; l < _forward.Length; l++)
        {
            int lanes = 2 * _biases[l].Length;
            fixed (float* bias = _biases[l])
                _forward[l].Multiply(bias, x, xStride, h, lanes, panels);
            Activate(h, panels * lanes);
            x = h;
            xStride = lanes;
            h += (nint)panels * lanes;
        }
        fixed (float* w = _output)
            for (int p = 0; p < panels; p++, x += xStride)
            {
                T first = 0.0, second = 0.0;
                for (int k = 0; k < _output.Length; k++)
                {
                    T v = PackedMatrix.Weight<T>(w, k);
                    first = T.MultiplyAdd(v, x[2 * k], first);
                    second = T.MultiplyAdd(v, x[2 * k + 1], second);
                }
                (outputs[2 * p], outputs[2 * p + 1]) = (first, second);
            }
    }

    /// <summary>The gradient of the sums in the inputs, after <see cref="Forward"/>.</summary>
    /// <param name="scratch">As it left it; lost.</param>
    /// <param name="gradient">Panels [padded inputs, 2].</param>
    /// <param name="stride">Lanes between two of these.</param>
    /// <param name="panels">How many.</param>
    /// <param name="add">Whether to add to the gradient that is there.</param>
    public unsafe void Backward<T>(T* scratch, T* gradient, int stride, int panels, bool add) where T : unmanaged, ILane<T>
    {
        int last = _forward.Length - 1;
        T* h = scratch;
        for (int l = 0; l < last; l++)
            h += 2 * (nint)panels * _biases[l].Length;
        T* delta = h + 2 * (nint)panels * _biases[last].Length;
        fixed (float* w = _output, zeros = _zeros)
        {
            for (int p = 0; p < panels; p++)
            {
                T* own = h + 2 * (nint)p * _biases[last].Length;
                for (int k = 0; k < _output.Length; k++)
                {
                    T v = PackedMatrix.Weight<T>(w, k);
                    own[2 * k] = v * Slope(own[2 * k]);
                    own[2 * k + 1] = v * Slope(own[2 * k + 1]);
                }
            }
            for (int l = last; l > 0; l--)
            {
                int above = 2 * _biases[l].Length, lanes = 2 * _biases[l - 1].Length;
                _backward[l].Multiply(zeros, h, above, delta, lanes, panels);
                h -= (nint)panels * lanes;
                for (int k = 0; k < panels * lanes; k++)
                    h[k] = delta[k] * Slope(h[k]);
            }
            _backward[0].Multiply(add ? null : zeros, h, 2 * _biases[0].Length, gradient, stride, panels);
        }
    }

    private unsafe void Activate<T>(T* z, int count) where T : unmanaged, ILane<T>
    {
        for (int k = 0; k < count; k++)
            z[k] = T.IfLess(0.0, z[k], z[k], T.MultiplyAdd(_alpha, T.Exp(z[k] * (1 / _alpha)), -_alpha));
    }

    /// <summary>celu'(z) by celu(z): 1, or exp(z/a) = 1 + celu(z)/a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Slope<T>(T h) where T : unmanaged, ILane<T> => T.Min(1.0, T.MultiplyAdd(h, 1 / _alpha, 1.0));
}
