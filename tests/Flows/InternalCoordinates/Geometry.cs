using MolSampling.Flows.InternalCoordinates;
using MolSampling.Molecular.Peptides;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.InternalCoordinates;

/// <summary>Matrices, random coordinates and plain scalar formulas that tests of internal coordinates share.</summary>
internal static class Geometry
{
    /// <summary>Small and real, global and with a core.</summary>
    public static readonly Dictionary<string, ZMatrix> Matrices = new()
    {
        ["three"] = new([new(0, -1), new(1, 0), new(2, 1, 0)]),
        ["bent"] = new([new(2, 1, 0), new(1, -1), new(0, 1)]),
        ["four"] = new([new(0, -1), new(1, 0), new(2, 1, 0), new(3, 2, 1, 0)]),
        ["ammonia"] = new([new(3, 0, 1, 2), new(2, 0, 1), new(0, 1), new(1, -1)]),
        ["methanol"] = new([new(0, -1), new(1, 0), new(2, 1, 0), new(3, 0, 1, 2), new(4, 0, 1, 3), new(5, 0, 1, 3)]),
        ["core"] = new([new(1, 0, 2, 4), new(5, 1, 0, 2), new(3, 1, 0, 5)], [4, 0, 2]),
        ["alanine"] = AlanineDipeptideZMatrix.Global,
        ["fab"] = AlanineDipeptideZMatrix.FabGlobal,
        ["fab-core"] = AlanineDipeptideZMatrix.FabWithCore,
        ["alanine-own"] = PeptideBuilder.Build("ACE-ALA-NME").Topology.ToZMatrix(),
        ["tetrapeptide"] = PeptideBuilder.Build("ACE-ALA-ALA-ALA-NME").Topology.ToZMatrix(),
        ["side chains"] = PeptideBuilder.Build("ACE-TRP-PRO-VAL-NME").Topology.ToZMatrix(),
        ["side chains-core"] = PeptideBuilder.Build("ACE-TRP-PRO-VAL-NME").Topology.ToZMatrix([6, 8, 10, 30, 5]),
    };

    public static DisposeScope NewScope()
    {
        TorchRuntime.EnsureLoaded();
        return NewDisposeScope();
    }

    /// <summary>Bonds of 0.1 to 0.2 nm, angles away from lines, torsions all around.</summary>
    public static InternalCoordinateFields Draw(ZMatrix z, int batch, ulong seed, bool external = false)
    {
        var random = new RandomSource(seed);
        Tensor Uniform(int columns, double low, double high) =>
            tensor([.. Enumerable.Range(0, batch * columns).Select(_ => low + (high - low) * random.NextDouble())], [batch, columns],
                ScalarType.Float64);
        return new(Uniform(z.BondRows.Count, 0.1, 0.2), Uniform(z.AngleRows.Count, 0.3, 2.9), Uniform(z.TorsionRows.Count, -3.14, 3.14),
            z.IsGlobal ? null : Uniform(3 * z.Core.Count, -0.3, 0.3),
            external ? cat([Uniform(3, -1, 1), Uniform(1, -3.1, 3.1), Uniform(1, -0.95, 0.95), Uniform(1, -3.1, 3.1)], 1) : null);
    }

    /// <summary>All fields side by side, [B, 3N] where nothing is left out.</summary>
    public static Tensor Join(InternalCoordinateFields f) =>
        cat([.. new[] { f.Bonds, f.Angles, f.Torsions, f.Core, f.External }.Where(t => t is not null).Select(t => t!)], 1);

    /// <summary>The reverse of <see cref="Join"/>.</summary>
    public static InternalCoordinateFields Part(ZMatrix z, Tensor q)
    {
        (int b, int a, int t) = (z.BondRows.Count, z.AngleRows.Count, z.TorsionRows.Count);
        return new(q.narrow(1, 0, b), q.narrow(1, b, a), q.narrow(1, b + a, t), z.IsGlobal ? null : q.narrow(1, b + a + t,
            3 * z.Core.Count),
            z.IsGlobal && q.shape[1] == 3 * z.AtomCount ? q.narrow(1, b + a + t, 6) : null);
    }

    /// <summary>The matrix d y / d x of one sample by autograd: row by row.</summary>
    public static double[,] Jacobian(Func<Tensor, Tensor> map, Tensor x)
    {
        Tensor leaf = x.detach().clone().requires_grad_(true), y = map(leaf);
        int rows = (int)y.shape[1], columns = (int)x.shape[1];
        var jacobian = new double[rows, columns];
        for (int r = 0; r < rows; r++)
        {
            double[] row = [.. autograd.grad([y.select(1, r).sum()], [leaf], retain_graph: true)[0].data<double>()];
            for (int c = 0; c < columns; c++)
                jacobian[r, c] = row[c];
        }
        return jacobian;
    }

    /// <summary>ln |det| by elimination with pivots.</summary>
    public static double LogDeterminant(double[,] matrix)
    {
        double[,] a = (double[,])matrix.Clone();
        int n = a.GetLength(0);
        Assert.Equal(n, a.GetLength(1));
        double sum = 0;
        for (int c = 0; c < n; c++)
        {
            int pivot = Enumerable.Range(c, n - c).MaxBy(r => Math.Abs(a[r, c]));
            for (int k = 0; k < n; k++)
                (a[c, k], a[pivot, k]) = (a[pivot, k], a[c, k]);
            sum += Math.Log(Math.Abs(a[c, c]));
            for (int r = c + 1; r < n; r++)
                for (int k = n - 1; k >= c; k--)
                    a[r, k] -= a[r, c] / a[c, c] * a[c, k];
        }
        return sum;
    }

    public static double[] Doubles(Tensor t) => [.. t.detach().to(ScalarType.Float64).contiguous().data<double>()];

    public static double Largest(Tensor difference) => difference.detach().abs().max().to(ScalarType.Float64).item<double>();

    /// <summary>Differences of angles on the circle.</summary>
    public static Tensor Circular(Tensor difference) => atan2(sin(difference), cos(difference));

    /// <summary>ln of the mean of exp, and its standard error.</summary>
    public static (double LogMean, double Error) LogMean(double[] log)
    {
        double largest = log.Max(), mean = log.Average(l => Math.Exp(l - largest)), square = log.Average(l => Math.Exp(2 * (l - largest)));
        return (largest + Math.Log(mean), Math.Sqrt((square / (mean * mean) - 1) / log.Length));
    }
}
