using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.OpenMM;

/// <summary>Any OpenMM System as a potential: whatever forces it holds, in the box that it brings. Every thread gets a Context of its
/// own.</summary>
public sealed class OpenMMPotential : Potential, IDisposable
{
    private const int Width = 4; // OpenMM takes walkers one by one: short blocks share them out among the threads
    // never steps
    private const string Integrator =
        "<Integrator type=\"VerletIntegrator\" version=\"1\" stepSize=\"0.001\" constraintTolerance=\"1e-5\"/>";

    private readonly OpenMMSystem _system;
    private readonly string? _platform;
    private readonly ConcurrentBag<OpenMMContext> _idle = [];
    private int _disposed;

    /// <summary>Of a System.</summary>
    /// <param name="xml">As OpenMM writes it.</param>
    /// <param name="name">For people.</param>
    /// <param name="platform">"Reference" is double precision, "CPU" single; null for the fastest.</param>
    /// <exception cref="NativeException">OpenMM is missing or refuses the System; its own text.</exception>
    /// <exception cref="ArgumentException">Constraints or particles without a mass: configurations have fewer dimensions than coordinates,
    /// and a sampler of all of them
    /// would draw from another distribution.</exception>
    public OpenMMPotential(string xml, string name = "OpenMM System", string? platform = "Reference")
    {
        _system = OpenMMSystem.FromXml(xml);
        if (_system.ConstraintCount > 0 || _system.Masses.Any(m => !(m > 0)))
        {
            _system.Dispose();
            throw new ArgumentException(_system.ConstraintCount > 0
                ? $"{name} has {_system.ConstraintCount} constraints: make it without them to sample all coordinates"
                : $"{name} has particles without mass (virtual sites): it cannot be sampled in all coordinates");
        }
        (Name, _platform) = (name, platform);
        IsTranslationInvariant = !xml.Contains("\"CustomExternalForce\"", StringComparison.Ordinal);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_system.ToXml())));
        _idle.Add(NewContext()); // so that a System or platform that OpenMM refuses is told here
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount => _system.ParticleCount;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses => _system.Masses;

    /// <inheritdoc/>
    public override int BlockWidth => Width;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant { get; }

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        int size = Dimension, width = energies.Length;
        double[] x = new double[size * width], f = new double[size * width];
        for (int row = 0; row < size; row++)
            for (int lane = 0; lane < width; lane++)
                x[lane * size + row] = positions[row * width + lane];
        Evaluate(x, energies, f);
        for (int row = 0; row < size; row++)
            for (int lane = 0; lane < width; lane++)
                forces[row * width + lane] = (float)f[lane * size + row];
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        Span<double> energy = stackalloc double[1];
        Evaluate(positions, energy, forces);
        return energy[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (OpenMMContext context in _idle)
            context.Dispose();
        _system.Dispose();
    }

    private void Evaluate(ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        OpenMMContext context = _idle.TryTake(out OpenMMContext? free) ? free : NewContext();
        FrameStatus[] status = context.EnergiesAndForces(positions, energies, forces);
        _idle.Add(context);
        for (int frame = 0; frame < status.Length; frame++)
            if (status[frame] != FrameStatus.Ok)
            {
                energies[frame] = double.NaN;
                forces.Slice(frame * Dimension, Dimension).Fill(double.NaN);
            }
    }

    private OpenMMContext NewContext() => new(_system, Integrator, _platform, _platform == "CPU" ? new Dictionary<string,
        string> { ["Threads"] = "1" } : null);
}
