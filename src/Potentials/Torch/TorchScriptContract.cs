using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Potentials.Torch;

/// <summary>
/// What every job relies on, tried on a geometry before anything runs: how the module is called, finite energies, forces that are minus the
/// gradient, one energy for a walker whatever its neighbours in the batch, and no dependence on where the molecule is and how it is turned.
/// </summary>
public static class TorchScriptContract
{
    private const double Step = 1e-3; // nm in all coordinates together
    private const double LargestForceError = 2e-3; // of the force
    private const double LargestChange = 0.01; // kJ/mol, beside rounding
    private const double FinestDigit = 0.25; // kJ/mol, a tenth of RT: coarser energies weigh nothing
    private const int Repeats = 4; // torch rewrites a program after its first runs


    /// <summary>Tries the module.</summary>
    /// <param name="file">The module.</param>
    /// <param name="masses">[N] Da.</param>
    /// <param name="positions">[N, 3] nm, near a minimum.</param>
    /// <returns>The energy, and what a user should know of it.</returns>
    /// <exception cref="InvalidDataException">The module breaks the contract; one line says where.</exception>
    public static (TorchPotential Potential, IReadOnlyList<string> Notes) Require(TorchScriptFile file, IReadOnlyList<double> masses,
        IReadOnlyList<double> positions)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] x = [.. positions.Select((v, k) => v + 0.002 * Scattered(k))], // away from where forces vanish
            other = [.. positions.Select((v, k) => v + 0.01 * Scattered(positions.Count + k))];
        TorchScriptForm form = FormOf(file, x, other);
        TorchPotential potential = file.Potential(masses, form);
        double[] forces = new double[x.Length], scratch = new double[x.Length];
        double Energy(double[] at) => potential.EvaluateDouble(at, scratch);

        double u = potential.EvaluateDouble(x, forces);
        if (!double.IsFinite(u) || !forces.All(double.IsFinite))
            throw Broken(file, "its energy or its gradient at a minimum of a force field is no number");
        bool isSingle = form.Result != ScalarType.Float64 || form.Type != ScalarType.Float64;
        double digit = Math.ScaleB(Math.Abs(u), isSingle ? -24 : -53), rounding = LargestChange + 16 * digit;
        if (digit > FinestDigit)
            throw Broken(file, Text($"it is in single precision, which tells energies of {u:g3} kJ/mol apart by {digit:g2} kJ/mol: ")
                + "take a constant off them, or save it in double (model.double())");

        // along a direction of all coordinates
        double[] direction = [.. x.Select((_, k) => Scattered(2 * x.Length + k))];
        double norm = Math.Sqrt(direction.Sum(d => d * d)), along = 0, size = Math.Sqrt(forces.Sum(f => f * f));
        double[] Moved(double by) => [.. x.Select((v, k) => v + by * direction[k] / norm)];
        for (int k = 0; k < x.Length; k++)
            along += forces[k] * direction[k] / norm;
        double slope = (Energy(Moved(Step)) - Energy(Moved(-Step))) / (2 * Step);
        if (!(Math.Abs(along + slope) <= LargestForceError * size + 8 * digit / Step))
            throw Broken(file, Text($"its gradient is not that of its energy: {-along:g6} and by differences {slope:g6} kJ/mol/nm; ")
                + "is something detached?");

        double[] both = new double[2];
        potential.Evaluate([.. other.Concat(x).Select(v => (float)v)], both, new float[2 * x.Length]);
        double alone = Energy([.. x.Select(v => (double)(float)v)]);
        if (!(Math.Abs(both[1] - alone) <= rounding))
            throw Broken(file, Text($"a walker's energy depends on the others in its batch, by {both[1] - alone:g3} kJ/mol"));
        double carried = Energy([.. x.Select((v, k) => v + 0.1 * (1 + k % 3))]) - u;
        if (!(Math.Abs(carried) <= rounding))
            throw Broken(file, Text($"its energy changes when all atoms move together, by {carried:g3} kJ/mol"));
        double turned = Energy(Turned(x)) - u;
        if (!(Math.Abs(turned) <= rounding))
            throw Broken(file, Text($"its energy changes when the molecule is turned, by {turned:g3} kJ/mol"));

        List<string> notes = [];
        double[] again = new double[x.Length];
        for (int n = 0; n < Repeats; n++)
            if (potential.EvaluateDouble(x, again) is var v && (v != u || !again.SequenceEqual(forces)))
            {
                notes.Add(Text($"{file.Name} gives the same geometry other digits from call to call ({v - u:g2} kJ/mol): ")
                    + "runs are not repeatable to the bit");
                break;
            }
        if (isSingle)
            notes.Add(Text($"{file.Name} is in single precision: its energies have steps of {2 * digit:g2} kJ/mol"));
        if (!form.IsBatched)
            notes.Add($"{file.Name} takes one geometry a call; [B, N, 3] to [B] would be faster");
        return (potential, notes);
    }

    /// <summary>Batches in double, if it takes them; otherwise what it does take.</summary>
    private static TorchScriptForm FormOf(TorchScriptFile file, double[] x, double[] other)
    {
        int atoms = x.Length / 3, batch = atoms == 2 ? 3 : 2; // an energy for each atom is not taken for one of each walker
        List<string> reasons = [];
        using IDisposable plain = no_grad();
        foreach (bool isBatched in new[] { true, false })
        {
            long[] shape = isBatched ? [batch, atoms, 3] : [atoms, 3];
            double[] frames = isBatched ? [.. Enumerable.Repeat(other, batch - 1).Prepend(x).SelectMany(v => v)] : x;
            string reason = "";
            foreach (ScalarType type in new[] { ScalarType.Float64, ScalarType.Float32 })
                try
                {
                    Tensor u = file.Forward((tensor(frames, shape) / file.Length).to(type));
                    if (isBatched ? u.dim() == 1 && u.shape[0] == batch : u.numel() == 1)
                        return new(isBatched, type, u.dtype);
                    reason = $"[{string.Join(", ", u.shape)}] is returned";
                }
                catch (InvalidDataException e)
                {
                    reason = e.Message.Replace(file.Path + ": ", "", StringComparison.Ordinal);
                }
            reasons.Add($"of [{string.Join(", ", shape)}] {reason}");
        }
        throw Broken(file, $"it makes no energies of {atoms} atoms, one for each walker: {string.Join("; ", reasons)}");
    }

    /// <summary>Numbers between -1/2 and 1/2, evenly and without a pattern among neighbours: multiples of the golden ratio.</summary>
    private static double Scattered(int n) => (n + 1) * 0.6180339887498949 % 1 - 0.5;

    /// <summary>By a rotation without symmetry.</summary>
    private static double[] Turned(double[] x)
    {
        // of the unit quaternion (1, 2, 3, 4) / 30^1/2
        double[,] r = { { -20, 4, 22 }, { 20, -10, 20 }, { 10, 28, 4 } };
        var turned = new double[x.Length];
        for (int k = 0; k < x.Length; k++)
            turned[k] = (r[k % 3, 0] * x[k - k % 3] + r[k % 3, 1] * x[k - k % 3 + 1] + r[k % 3, 2] * x[k - k % 3 + 2]) / 30;
        return turned;
    }

    private static InvalidDataException Broken(TorchScriptFile file, string what) => new($"{file.Path}: {what}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
