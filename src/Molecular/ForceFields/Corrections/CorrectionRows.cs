using MolSampling.Potentials.Engine;

namespace MolSampling.Molecular.ForceFields.Corrections;

/// <summary>The interactions of one correction term in a molecule: their atoms, their constants, and which feature multiplies each of their
/// linear parameters. Linear parameters stand before constants in every row.</summary>
internal abstract class CorrectionRows
{
    private readonly List<int> _atoms = [], _features = [];
    private readonly List<double> _constants = [];

    /// <summary>Atoms of one interaction.</summary>
    public abstract int Arity { get; }

    /// <summary>Linear parameters of one interaction.</summary>
    public abstract int Linear { get; }

    /// <summary>Interactions.</summary>
    public int Count => _atoms.Count / Arity;

    /// <summary>[rows * arity].</summary>
    public IReadOnlyList<int> Atoms => _atoms;

    /// <summary>[rows * linear]; -1 for a parameter that stays 0.</summary>
    public IReadOnlyList<int> Features => _features;

    /// <summary>Adds an interaction.</summary>
    public void Add(ReadOnlySpan<int> atoms, ReadOnlySpan<int> features, ReadOnlySpan<double> constants)
    {
        _atoms.AddRange(atoms);
        _features.AddRange(features);
        _constants.AddRange(constants);
    }

    /// <summary>The parameters of an interaction with given linear ones.</summary>
    /// <param name="row">Which.</param>
    /// <param name="linear">Makes each of the linear parameters.</param>
    public double[] Parameters(int row, Func<int, double> linear)
    {
        int constants = _constants.Count / Math.Max(1, Count);
        return [.. Enumerable.Range(0, Linear).Select(linear), .. Enumerable.Range(row * constants, constants).Select(n => _constants[n])];
    }

    /// <summary>As a table of the engine.</summary>
    /// <param name="coefficients">[features].</param>
    public TermTable Table(IReadOnlyList<double> coefficients)
    {
        double[][] rows = [.. Enumerable.Range(0, Count).Select(row => Parameters(row, slot =>
            _features[row * Linear + slot] is >= 0 and int f ? coefficients[f] : 0))];
        return Table([.. _atoms], rows);
    }

    /// <summary>Energy and forces of one interaction whose parameters are given.</summary>
    /// <param name="row">Which.</param>
    /// <param name="parameters">As <see cref="Parameters"/> makes them.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="forces">[arity, 3] kJ/mol/nm, overwritten.</param>
    /// <returns>kJ/mol.</returns>
    public abstract double Evaluate(int row, ReadOnlySpan<double> parameters, ReadOnlySpan<double> positions, Span<double> forces);

    private protected abstract TermTable Table(int[] atoms, double[][] rows);

    /// <summary>The position of an interaction's atom.</summary>
    private protected Vec3<Double64> At(ReadOnlySpan<double> x, int row, int place)
    {
        int k = 3 * _atoms[row * Arity + place];
        return new(x[k], x[k + 1], x[k + 2]);
    }

    private protected static void Write(Span<double> forces, int place, Vec3<Double64> f) =>
        (forces[3 * place], forces[3 * place + 1], forces[3 * place + 2]) = (f.X.Value, f.Y.Value, f.Z.Value);
}

internal sealed class PairRows<TTerm>(int linear) : CorrectionRows where TTerm : struct, IRadialTerm
{
    public override int Arity => 2;

    public override int Linear => linear;

    public override unsafe double Evaluate(int row, ReadOnlySpan<double> parameters, ReadOnlySpan<double> positions, Span<double> forces)
    {
        Vec3<Double64> u = At(positions, row, 0) - At(positions, row, 1);
        Double64 square = Vec3<Double64>.Dot(u, u), inverse = Double64.ReciprocalSqrt(square);
        fixed (double* p = parameters)
        {
            Double64 energy = TTerm.Evaluate(new ParameterRow<Double64>((byte*)p, 0), square * inverse, inverse, out Double64 push);
            Vec3<Double64> f = (push * inverse) * u;
            Write(forces, 0, f);
            Write(forces, 1, -f);
            return energy.Value;
        }
    }

    private protected override TermTable Table(int[] atoms, double[][] rows) =>
        PairTable<TTerm, NoRadialTerm>.Create(rows.Select((p, n) => (atoms[2 * n], atoms[2 * n + 1], p)));
}

internal sealed class TwoBodyRows<TTerm>(int linear) : CorrectionRows where TTerm : struct, ITwoBodyTerm
{
    public override int Arity => 2;

    public override int Linear => linear;

    public override unsafe double Evaluate(int row, ReadOnlySpan<double> parameters, ReadOnlySpan<double> positions, Span<double> forces)
    {
        fixed (double* p = parameters)
        {
            Double64 energy = TTerm.Evaluate(new ParameterRow<Double64>((byte*)p, 0), At(positions, row, 0), At(positions, row, 1),
                out Vec3<Double64> f);
            Write(forces, 0, f);
            Write(forces, 1, -f);
            return energy.Value;
        }
    }

    private protected override TermTable Table(int[] atoms, double[][] rows) =>
        new TwoBodyTable<TTerm>(atoms, rows.SelectMany(p => p).ToArray());
}

internal sealed class ThreeBodyRows<TTerm>(int linear) : CorrectionRows where TTerm : struct, IThreeBodyTerm
{
    public override int Arity => 3;

    public override int Linear => linear;

    public override unsafe double Evaluate(int row, ReadOnlySpan<double> parameters, ReadOnlySpan<double> positions, Span<double> forces)
    {
        fixed (double* p = parameters)
        {
            Double64 energy = TTerm.Evaluate(new ParameterRow<Double64>((byte*)p, 0), At(positions, row, 0), At(positions, row, 1),
                At(positions, row, 2), out Vec3<Double64> a, out Vec3<Double64> c);
            Write(forces, 0, a);
            Write(forces, 1, -(a + c));
            Write(forces, 2, c);
            return energy.Value;
        }
    }

    private protected override TermTable Table(int[] atoms, double[][] rows) =>
        new ThreeBodyTable<TTerm>(atoms, rows.SelectMany(p => p).ToArray());
}

internal sealed class FourBodyRows<TTerm>(int linear) : CorrectionRows where TTerm : struct, IFourBodyTerm
{
    public override int Arity => 4;

    public override int Linear => linear;

    public override unsafe double Evaluate(int row, ReadOnlySpan<double> parameters, ReadOnlySpan<double> positions, Span<double> forces)
    {
        fixed (double* p = parameters)
        {
            Double64 energy = TTerm.Evaluate(new ParameterRow<Double64>((byte*)p, 0), At(positions, row, 0), At(positions, row, 1),
                At(positions, row, 2), At(positions, row, 3), out Vec3<Double64> a, out Vec3<Double64> c, out Vec3<Double64> d);
            Write(forces, 0, a);
            Write(forces, 1, -(a + c + d));
            Write(forces, 2, c);
            Write(forces, 3, d);
            return energy.Value;
        }
    }

    private protected override TermTable Table(int[] atoms, double[][] rows) =>
        new FourBodyTable<TTerm>(atoms, rows.SelectMany(p => p).ToArray());
}
