using System.Numerics.Tensors;
using MolSampling.Flows.Storage;

namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>
/// A few networks (<see cref="MessagePassing"/>) that give each class of heavy atoms an electronegativity and a hardness, and its hydrogens
/// theirs; charges are those of <see cref="ChargeEquilibration"/>, averaged over the networks. Graph networks for such charges: Y. Wang,
/// J. Fass, C. D. Stern, K. Luo, J. D. Chodera, arXiv:1909.07903.
/// </summary>
internal sealed class ChargeNetwork
{
    /// <summary>Outputs of a vertex: electronegativity and hardness of its atoms, then of their hydrogens.</summary>
    public const int Outputs = 4;

    /// <summary>Added to a layer's variance.</summary>
    public const double NormFloor = 1e-5;

    /// <summary>No atom is softer: s = ln(1 + exp(x + <see cref="HardnessShift"/>)) + this.</summary>
    public const double LeastHardness = 0.1;

    /// <summary>Such that x = 0 gives about 1.</summary>
    public const double HardnessShift = 0.4;

    private readonly MessagePassing[] _members;

    /// <exception cref="InvalidDataException">Some tensors are missing or do not fit together; the message names one.</exception>
    public ChargeNetwork(IReadOnlyDictionary<string, float[]> tensors)
    {
        int members = 0;
        while (tensors.ContainsKey($"{members}.input.bias"))
            members++;
        if (members == 0)
            throw new InvalidDataException("0.input.bias: no such tensor");
        _members = [.. Enumerable.Range(0, members).Select(m => new MessagePassing(tensors, $"{m}."))];
    }

    /// <summary>Networks that are averaged.</summary>
    public int Members => _members.Length;

    /// <summary>Reads weights.</summary>
    /// <exception cref="InvalidDataException">No such network.</exception>
    public static ChargeNetwork Load(string path) => new(PlainTensors.Read(File.ReadAllBytes(path), path));

    /// <summary>[N] e.</summary>
    public double[] Charges(ChargeGraph graph)
    {
        double[] mean = new double[2 * graph.Count]; // heavy atoms of all vertices, then their hydrogens
        foreach (MessagePassing member in _members)
            TensorPrimitives.MultiplyAdd<double>(Charges(graph, member.Evaluate(graph)), 1.0 / _members.Length, mean, mean);
        return [.. graph.VertexOfAtom.Select((v, i) => mean[graph.IsHydrogen[i] ? graph.Count + v : v])];
    }

    /// <summary>Charges of heavy atoms of all vertices, then of their hydrogens.</summary>
    /// <param name="graph">The molecule.</param>
    /// <param name="outputs">[V, <see cref="Outputs"/>] as a network gives them.</param>
    private static double[] Charges(ChargeGraph graph, double[] outputs)
    {
        int count = graph.Count;
        double[] e = new double[2 * count], s = new double[2 * count];
        for (int c = 0; c < 2 * count; c++)
        {
            int at = Outputs * (c % count) + (c < count ? 0 : 2);
            (e[c], s[c]) = (outputs[at], Math.Log(1 + Math.Exp(outputs[at + 1] + HardnessShift)) + LeastHardness);
        }
        return ChargeEquilibration.Solve(e, s, [.. graph.Members, .. graph.Hydrogens], [.. graph.Fragment, .. graph.Fragment],
            graph.FragmentCharges);
    }
}
