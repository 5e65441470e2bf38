using MolSampling.Molecular.ForceFields.Charges;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Charges;

/// <summary>Some molecules as one graph of many parts, in the caller's dispose scope.</summary>
internal sealed class ChargeBatch
{
    public ChargeBatch(IReadOnlyList<ChargeExample> examples)
    {
        ChargeGraph[] graphs = [.. examples.Select(e => e.Graph)];
        int vertices = graphs.Sum(g => g.Count);
        int[] firstVertex = Starts(g => g.Count), firstPart = Starts(g => g.FragmentCharges.Length);
        Vertices = tensor(graphs.SelectMany(g => g.Vertices).ToArray(), vertices, ChargeGraph.VertexWidth);
        Edges = tensor(graphs.SelectMany(g => g.Edges).ToArray(), graphs.Sum(g => g.From.Length), ChargeGraph.EdgeWidth);
        From = Indices((g, m) => g.From.Select(v => (long)firstVertex[m] + v));
        To = Indices((g, m) => g.To.Select(v => (long)firstVertex[m] + v));
        Parts = Twice(Indices((g, m) => g.Fragment.Select(p => (long)firstPart[m] + p)));
        Molecules = Twice(Indices((g, m) => g.Fragment.Select(_ => (long)m)));
        Totals = Numbers(graphs.SelectMany(g => g.FragmentCharges));
        Weights = Numbers(graphs.SelectMany(g => g.Members).Concat(graphs.SelectMany(g => g.Hydrogens)));
        Targets = Numbers(examples.SelectMany(e => e.Targets[..e.Graph.Count])
            .Concat(examples.SelectMany(e => e.Targets[e.Graph.Count..])));
        Sizes = Numbers(examples.Select(e => (double)e.Molecule.Atoms.Count));

        int[] Starts(Func<ChargeGraph, int> size)
        {
            int[] starts = new int[graphs.Length];
            for (int m = 1; m < starts.Length; m++)
                starts[m] = starts[m - 1] + size(graphs[m - 1]);
            return starts;
        }

        Tensor Indices(Func<ChargeGraph, int, IEnumerable<long>> of) => tensor(graphs.SelectMany(of).ToArray());

        static Tensor Twice(Tensor t) => cat([t, t]);

        static Tensor Numbers(IEnumerable<double> values) => tensor(values.Select(v => (float)v).ToArray());
    }

    /// <summary>[V, <see cref="ChargeGraph.VertexWidth"/>].</summary>
    public Tensor Vertices { get; }

    /// <summary>[E, <see cref="ChargeGraph.EdgeWidth"/>].</summary>
    public Tensor Edges { get; }

    /// <summary>[E].</summary>
    public Tensor From { get; }

    /// <summary>[E].</summary>
    public Tensor To { get; }

    /// <summary>[2 V] connected part of heavy atoms, then of hydrogens.</summary>
    public Tensor Parts { get; }

    /// <summary>[2 V].</summary>
    public Tensor Molecules { get; }

    /// <summary>[parts] e.</summary>
    public Tensor Totals { get; }

    /// <summary>[2 V] atoms.</summary>
    public Tensor Weights { get; }

    /// <summary>[2 V] e.</summary>
    public Tensor Targets { get; }

    /// <summary>[M] atoms.</summary>
    public Tensor Sizes { get; }

    /// <summary>[M] mean square deviation of charges from the targets.</summary>
    public Tensor MeanSquares(Tensor charges) =>
        zeros_like(Sizes).index_add(0, Molecules, Weights * (charges - Targets).square(), 1) / Sizes;
}
