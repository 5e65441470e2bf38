using System.Runtime.InteropServices;
using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.OpenMM;

/// <summary>How the evaluation of one frame ended.</summary>
public enum FrameStatus
{
    /// <summary>Energy and forces are numbers.</summary>
    Ok,

    /// <summary>A coordinate or the energy is NaN or infinite.</summary>
    NotFinite,

    /// <summary>OpenMM refused the frame.</summary>
    Failed,
}

/// <summary>An OpenMM Context: a system, an integrator and a platform. For one thread at a time; several contexts run side by
/// side.</summary>
public sealed unsafe class OpenMMContext : IDisposable
{
    private readonly ContextHandle _handle;
    private readonly int _count;

    /// <summary>Makes a context.</summary>
    /// <param name="system">Copied: it may be disposed afterwards.</param>
    /// <param name="integratorXml">An OpenMM Integrator as XML.</param>
    /// <param name="platform">For example "Reference"; null for the fastest.</param>
    /// <param name="properties">Of the platform, for example Threads = 1.</param>
    /// <exception cref="NativeException">OpenMM's own text.</exception>
    public OpenMMContext(OpenMMSystem system, string integratorXml, string? platform = null, IReadOnlyDictionary<string,
        string>? properties = null)
    {
        string? lines = properties is null ? null : string.Join('\n', properties.Select(p => $"{p.Key}={p.Value}"));
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_context_create(system.Handle, integratorXml, platform, lines, out _handle));
        _count = system.ParticleCount;
    }

    /// <summary>The platform in use.</summary>
    public string Platform
    {
        get
        {
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_context_platform(_handle));
            return NativeMethods.Text;
        }
    }

    /// <summary>[N, 3] nm.</summary>
    public double[] Positions
    {
        get => Get(0);
        set => Set(0, value);
    }

    /// <summary>[N, 3] nm/ps.</summary>
    public double[] Velocities
    {
        get => Get(1);
        set => Set(1, value);
    }

    /// <summary>Three box vectors, nine numbers, nm.</summary>
    public double[] Box
    {
        get
        {
            var box = new double[9];
            fixed (double* p = box)
                NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_get_box(_handle, p));
            return box;
        }
        set
        {
            if (value.Length != 9)
                throw new ArgumentException($"A box has nine numbers, not {value.Length}.");
            fixed (double* p = value)
                NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_set_box(_handle, p));
        }
    }

    /// <summary>A global parameter.</summary>
    public double this[string parameter]
    {
        get
        {
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_get_parameter(_handle, parameter, out double value));
            return value;
        }
        set => NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_set_parameter(_handle, parameter, value));
    }

    /// <summary>Positions, velocities, box and parameters as XML.</summary>
    public string State
    {
        get
        {
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_state_to_xml(_handle));
            return NativeMethods.Text;
        }
        set => NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_state_from_xml(_handle, value));
    }

    /// <summary>Makes steps of the System's integrator.</summary>
    public void Step(int steps) => NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_step(_handle, steps));

    /// <summary>Minimises (L-BFGS).</summary>
    /// <param name="tolerance">kJ/mol/nm.</param>
    /// <param name="maxIterations">0 for no limit.</param>
    public void Minimise(double tolerance = 10, int maxIterations = 0) =>
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_minimise(_handle, tolerance, maxIterations));

    /// <summary>Draws velocities from the Maxwell-Boltzmann law.</summary>
    /// <param name="temperature">K.</param>
    /// <param name="seed">OpenMM's generator.</param>
    public void DrawVelocities(double temperature, int seed) => NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_draw_velocities(_handle,
        temperature, seed));

    /// <summary>Energies and forces of a batch of frames in one call.</summary>
    /// <param name="positions">[B, N, 3] nm.</param>
    /// <param name="energies">[B] kJ/mol; NaN where a frame has none.</param>
    /// <param name="forces">[B, N, 3] kJ/mol/nm, or empty.</param>
    /// <returns>[B] how each frame ended.</returns>
    /// <exception cref="ArgumentException">Lengths that do not agree.</exception>
    public FrameStatus[] EnergiesAndForces(ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces)
    {
        if (positions.Length != energies.Length * 3 * _count || (!forces.IsEmpty && forces.Length != positions.Length))
            throw new ArgumentException($"{energies.Length} frames of {_count} particles need {energies.Length * 3 * _count} coordinates, not {positions.Length}.");
        var status = new FrameStatus[energies.Length];
        fixed (double* x = positions, u = energies, f = forces)
        fixed (FrameStatus* s = status)
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_energies(_handle, x, new CLong(energies.Length), u, f, (int*)s));
        return status;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private double[] Get(int what)
    {
        var x = new double[3 * _count];
        fixed (double* p = x)
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_get_vectors(_handle, what, p, _count));
        return x;
    }

    private void Set(int what, double[] x)
    {
        fixed (double* p = x)
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_set_vectors(_handle, what, p, x.Length / 3));
    }
}
