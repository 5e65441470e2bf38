using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Potentials.Xtb;

/// <summary>
/// Extended tight binding by libxtb, in this process: GFN2-xTB or GFN1-xTB, in vacuum or in an implicit solvent (GBSA, the only one that
/// this interface of the library has). Milliseconds an energy: see <see cref="XtbSystem"/> for the methods' papers. Electrons have xtb's
/// usual temperature of 300 K and its usual accuracy; a geometry whose electrons do not converge has no energy (NaN).
/// </summary>
/// <remarks>The energy is of the electrons: some -10^5 kJ/mol. Lanes hold it in double; forces are single.</remarks>
public sealed class XtbPotential : Potential, IDisposable
{
    private const int Width = 4; // walkers go one by one: short blocks share them out among the threads

    private readonly XtbSystem _system;
    private readonly ConcurrentBag<XtbCalculator> _idle = [];
    private int _disposed;
    private volatile string? _lastReason;

    /// <summary>For a molecule.</summary>
    /// <param name="system">What is computed.</param>
    /// <param name="masses">[N] Da.</param>
    /// <exception cref="Native.NativeException">libxtb is missing; the message says how to install it.</exception>
    /// <exception cref="ArgumentException">The electrons of such a molecule have no such state.</exception>
    public XtbPotential(XtbSystem system, IReadOnlyList<double> masses)
    {
        system.ThrowIfImpossible();
        if (masses.Count != system.AtomicNumbers.Count)
            throw new ArgumentException($"{masses.Count} masses of {system.AtomicNumbers.Count} atoms.");
        XtbLibrary.EnsureAvailable();
        (_system, Masses) = (system, [.. masses]);
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{XtbLibrary.Version} {system.Title} {string.Join(' ', system.AtomicNumbers)} {system.Charge} {system.UnpairedElectrons}");
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <inheritdoc/>
    public override string Name => _system.Title;

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount => Masses.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int BlockWidth => Width;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => true;

    /// <summary>Why the last geometry without an energy has none, in the library's words; null if all had one.</summary>
    public string? LastReason => _lastReason;

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        int size = Dimension, width = energies.Length;
        double[] x = new double[size], f = new double[size];
        for (int lane = 0; lane < width; lane++)
        {
            for (int row = 0; row < size; row++)
                x[row] = positions[row * width + lane];
            energies[lane] = EvaluateDouble(x, f);
            for (int row = 0; row < size; row++)
                forces[row * width + lane] = (float)f[row];
        }
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (positions.Length != Dimension || forces.Length != Dimension)
            throw new ArgumentException(
                $"{AtomCount} atoms need {Dimension} coordinates and forces, not {positions.Length} and {forces.Length}.");
        foreach (double x in positions)
            if (!double.IsFinite(x))
            {
                forces.Fill(double.NaN);
                return double.NaN;
            }
        XtbCalculator calculator = _idle.TryTake(out XtbCalculator? free) ? free : new(_system);
        try
        {
            double energy = calculator.Evaluate(positions, forces, out string? reason);
            if (reason is not null)
                _lastReason = reason;
            _idle.Add(calculator);
            return energy;
        }
        catch
        {
            calculator.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (XtbCalculator calculator in _idle)
            calculator.Dispose();
    }
}
