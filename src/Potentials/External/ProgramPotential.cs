using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Potentials.External;

/// <summary>
/// An energy that another program computes, in any language: it is started once a thread, and answers one line of JSON with one line of
/// JSON, see <see cref="ProgramSession"/>. For quantum chemistry and prototypes, where an energy takes far longer than the line.
/// </summary>
public sealed class ProgramPotential : Potential, IDisposable
{
    private const int Width = 4; // walkers go one by one: short blocks share them out among the threads

    private readonly ProgramStart _start;
    private readonly ConcurrentBag<ProgramSession> _idle = [];
    private int _disposed;

    /// <summary>Starts the program once, so that one that is not there or speaks otherwise is told at once.</summary>
    /// <param name="start">What to run, and for which atoms.</param>
    /// <param name="name">For people.</param>
    /// <param name="isTranslationInvariant">Whether U is unchanged when all atoms move together.</param>
    /// <exception cref="ProgramPotentialException">It cannot be started, or does not greet.</exception>
    public ProgramPotential(ProgramStart start, string name, bool isTranslationInvariant = true)
    {
        (_start, Name, IsTranslationInvariant) = (start, name, isTranslationInvariant);
        var first = new ProgramSession(start);
        _idle.Add(first);
        string text = string.Join('\n', [start.Program, .. start.Arguments, first.Identity, .. start.Symbols]);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount => _start.Symbols.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses => _start.Masses;

    /// <inheritdoc/>
    public override int BlockWidth => Width;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant { get; }

    /// <inheritdoc/>
    /// <exception cref="ProgramPotentialException">The program ended, was silent for too long, or answered something else.</exception>
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
    /// <exception cref="ProgramPotentialException">The program ended, was silent for too long, or answered something else.</exception>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (double x in positions)
            if (!double.IsFinite(x))
            {
                forces.Fill(double.NaN);
                return double.NaN; // no program needs to be asked
            }
        ProgramSession session = _idle.TryTake(out ProgramSession? free) ? free : new(_start);
        try
        {
            double energy = session.Evaluate(positions, forces);
            _idle.Add(session);
            return energy;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (ProgramSession session in _idle)
            session.Dispose();
    }
}
